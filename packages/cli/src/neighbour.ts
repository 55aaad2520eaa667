import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The data folder that a server has which was started in the working folder. */
const folder = ".sluice";

/** Where the server listens that was started in the working folder, as it tells there; undefined when none did. */
export function neighbourUrl(cwd: string): string | undefined {
  const told = readNeighbour(cwd, "server.json");
  const port = told === undefined ? undefined : /"port":(\d{1,5})\b/.exec(told)?.[1];
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}

/** The token that a server on this machine left beside the working folder. It is never sent to another machine. */
export function neighbourToken(cwd: string, url: string): string | undefined {
  if (!/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)) return undefined;
  return readNeighbour(cwd, "admin.token");
}

function readNeighbour(cwd: string, name: string): string | undefined {
  try {
    return readFileSync(join(cwd, folder, name), "utf8").trim();
  } catch {
    return undefined;
  }
}
