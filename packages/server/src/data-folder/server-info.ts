import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";

/** What `DIR/server.json` tells of the server that uses a data folder. */
const serverInfoSchema = z.object({
  pid: z.number().int().positive(),
  /** RFC 3339 */
  startedAt: z.string(),
  /** Where it listens, once it does. */
  port: z.number().int().positive().optional(),
});

export type ServerInfo = z.infer<typeof serverInfoSchema>;

function fileOf(dir: string): string {
  return join(dir, "server.json");
}

/** Makes the entry of this process. @param port where it listens, if it does already. */
export function ownInfo(port: number | undefined): ServerInfo {
  const startedAt = rfc3339(Date.now() - Math.round(process.uptime() * 1_000));
  return { pid: process.pid, startedAt, ...(port === undefined ? {} : { port }) };
}

/** Writes the file, whole or not at all. */
export async function writeServerInfo(dir: string, info: ServerInfo): Promise<void> {
  const fresh = `${fileOf(dir)}.new`;
  await writeFile(fresh, `${JSON.stringify(info)}\n`, { mode: 0o600 });
  await rename(fresh, fileOf(dir));
}

export async function removeServerInfo(dir: string): Promise<void> {
  await rm(fileOf(dir), { force: true });
}

/**
 * Reads who uses a data folder.
 * @returns undefined when nobody said so, or whoever did is no longer running: a killed server leaves its file behind.
 */
export async function readServerInfo(dir: string): Promise<ServerInfo | undefined> {
  const text = await readFile(fileOf(dir), "utf8").catch(() => "null");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = serverInfoSchema.safeParse(json);
  return parsed.success && isRunning(parsed.data.pid) ? parsed.data : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
