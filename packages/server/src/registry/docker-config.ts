import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Credentials } from "./credentials.ts";
import { helperEnvironment } from "./helper-environment.ts";

/** How long a helper may take, in ms, and what it may say, in bytes. */
const helperMs = 30_000;
const helperBytesMax = 100_000;

const configSchema = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});

/**
 * The credentials that `docker login` left for a registry.
 * @param file Docker's `config.json`; one that does not exist has none
 * @see https://docs.docker.com/reference/cli/docker/login/
 */
export async function dockerCredentials(
  file: string,
  host: string,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read: ${error.message}`);
  });
  if (text === undefined) return undefined;
  const config = read(text, file);
  const helper = config.credHelpers[host] ?? config.credsStore;
  if (helper !== undefined) {
    const found = await askHelper(helper, host, signal);
    if (found !== undefined) return found;
  }
  const entry = Object.entries(config.auths).find(([name]) => hostOf(name) === host)?.[1];
  if (entry === undefined) return undefined;
  const [username = "", ...rest] = Buffer.from(entry.auth ?? "", "base64")
    .toString("utf8")
    .split(":");
  const { identitytoken } = entry;
  return {
    username,
    password: rest.join(":"),
    ...(identitytoken === undefined || identitytoken === "" ? {} : { identityToken: identitytoken }),
  };
}

function read(text: string, file: string): z.output<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a Docker configuration`);
  }
}

/** The names under which Docker keeps a registry: also with a scheme and a path. */
function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, "").split("/")[0] ?? "";
}

/** @see https://github.com/docker/docker-credential-helpers, "Development" */
function askHelper(name: string, host: string, signal: AbortSignal): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) throw new Error(`"${name}" is no name of a credential helper`);
  return new Promise((resolve, reject) => {
    const program = `docker-credential-${name}`;
    const options = { timeout: helperMs, maxBuffer: helperBytesMax, env: helperEnvironment(), signal };
    const child = execFile(program, ["get"], options, (error, out) => {
      // What it says may be a secret, so nothing of it is shown.
      if (error !== null && /not found/i.test(out)) resolve(undefined);
      else if (error !== null) reject(new Error(`${program} failed (${error.code ?? "it was ended"})`));
      else {
        try {
          const { Username, Secret } = z.object({ Username: z.string(), Secret: z.string() }).parse(JSON.parse(out));
          resolve(
            Username === "<token>"
              ? { username: Username, password: "", identityToken: Secret }
              : { username: Username, password: Secret },
          );
        } catch {
          reject(new Error(`${program} did not answer as a credential helper does`));
        }
      }
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(host);
  });
}
