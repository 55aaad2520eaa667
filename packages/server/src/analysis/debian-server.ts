import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const patienceMs = 30_000;

/** For tests: whether programs of Debian packages are here, and the name of a test that says so when they are not. */
export function debianTest(name: string, ...programs: string[]): { readonly name: string; readonly missing: boolean } {
  const missing = programs.filter((program) => !existsSync(program));
  return missing.length === 0
    ? { name, missing: false }
    : { name: `${name} (needs the Debian packages of ${missing.join(", ")})`, missing: true };
}

export interface DebianServer {
  readonly url: string;
  /** Ends it, also when it is not running. */
  stop(): Promise<void>;
}

/** Starts a server on a port of its own and waits until it answers. @param ready what it answers with 200 */
export async function startDebianServer(
  program: string,
  argumentsFor: (address: string) => readonly string[],
  options: { readonly folder: string; readonly ready: string; readonly port?: number },
): Promise<DebianServer & { readonly port: number }> {
  const port = options.port ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const child = spawn(program, argumentsFor(address), { cwd: options.folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-2_000);
  });
  const url = `http://${address}`;
  const deadline = performance.now() + patienceMs;
  while (!(await isReady(`${url}${options.ready}`))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await end(child);
      throw new Error(`${program} does not answer: ${said}`);
    }
    await wait(50);
  }
  return { url, port, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** A port of this machine that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
