import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const registryProgram = "/usr/bin/docker-registry";
const skopeoProgram = "/usr/bin/skopeo";

/** Why registries cannot be tried here; undefined: they can. */
export function noRegistries(): string | undefined {
  const missing = [registryProgram, skopeoProgram].filter((program) => !existsSync(program));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

export interface RunningRegistry {
  /** `127.0.0.1:41234` */
  readonly host: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a real registry on a free port, with its content in a folder. @param auth how it finds out who asks, as its configuration has it */
export async function startRegistry(folder: string, auth?: string): Promise<RunningRegistry> {
  await mkdir(folder, { recursive: true });
  const config = join(folder, "config.yml");
  const lines = [
    "version: 0.1",
    "log: { level: info, accesslog: { disabled: true } }",
    `storage: { filesystem: { rootdirectory: ${join(folder, "data")} }, delete: { enabled: true } }`,
    "http: { addr: 127.0.0.1:0 }",
    ...(auth === undefined ? [] : [`auth: { ${auth} }`]),
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const child = spawn(registryProgram, ["serve", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  let said = "";
  const host = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-100_000);
      const found = /listening on (127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(`the registry did not start: ${said}`)));
  });
  return {
    host,
    folder,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
