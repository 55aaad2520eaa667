import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@sluice/cli/run.ts";
import { createLogger } from "@sluice/server/logger.ts";
import { type RunningServer, type ServerOptions, startServer } from "@sluice/server/server.ts";

/** What a command said and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as the one JSON document that it has to be. */
  json(): unknown;
}

/** A working folder, and the `sluice` command in it. */
export interface Desk {
  readonly folder: string;
  sluice(
    argv: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly signal?: AbortSignal },
  ): Promise<Outcome>;
  /** Writes a file of the folder. @returns its name */
  file(name: string, content: string | Uint8Array): Promise<string>;
  clear(): Promise<void>;
}

export async function openDesk(env: Record<string, string> = {}): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-cli-"));
  return {
    folder,
    async sluice(argv, options = {}) {
      let out = "";
      let err = "";
      const code = await run(argv, {
        stdout: { write: (text) => (out += text) },
        stderr: { write: (text) => (err += text) },
        env: { ...env, ...options.env },
        cwd: folder,
        signal: options.signal ?? new AbortController().signal,
      });
      return { code, out, err, json: () => JSON.parse(out) };
    },
    async file(name, content) {
      await writeFile(join(folder, name), content);
      return name;
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A desk beside a running server, whose first token is in the environment. */
export interface ServedDesk extends Desk {
  readonly server: RunningServer;
  readonly dataDir: string;
}

/** @param options what the server is started with besides its own folder and port */
export async function openServedDesk(options: Partial<ServerOptions> = {}): Promise<ServedDesk> {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-cli-server-"));
  const logger = createLogger({ level: "silent" });
  const server = await startServer({ ...options, dataDir, host: "127.0.0.1", port: 0, logger });
  const desk = await openDesk({ SLUICE_URL: server.url, SLUICE_TOKEN: server.adminToken ?? "" });
  return {
    ...desk,
    server,
    dataDir,
    async clear() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
      await desk.clear();
    },
  };
}

/** A pipeline of three stages: `beta` is entered after a day, `stable` after that and without issues. */
export function pipelineText(app = "myapp"): string {
  return `apiVersion: sluice/v1
app: ${app}
stages:
  - name: dev
  - name: beta
    gates:
      - soak: 24h
  - name: stable
    gates:
      - soak: 72h
      - no-issues: {}
`;
}

/** Asks until the answer satisfies; what is awaited happens in the server a moment after the command. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + 90_000; ; ) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`in vain: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
