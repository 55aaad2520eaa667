import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { usage } from "./failure.ts";
import type { Session } from "./session.ts";

/** Reads a text file that a user named, relative to the working folder. @param maxBytes more is refused */
export async function readTextFile(session: Session, path: string, maxBytes: number): Promise<string> {
  const absolute = resolve(session.io.cwd, path);
  try {
    const { size } = await stat(absolute);
    if (size > maxBytes) throw usage(`${path} has ${size} bytes; at most ${maxBytes} are read.`);
    return await readFile(absolute, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Says why a file that a user named cannot be used. */
export function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOENT" || code === "ENOTDIR") return usage(`There is no file ${path}.`, { cause: error });
  if (code === "EISDIR") return usage(`${path} is a folder, not a file.`, { cause: error });
  if (code === "EACCES" || code === "EPERM") return usage(`${path} may not be read.`, { cause: error });
  return error;
}
