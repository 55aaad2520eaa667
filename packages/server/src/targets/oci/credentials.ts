import { execFile } from "node:child_process";
import type { RegistryCredentials } from "@sluice/core/targets/oci.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import { locateCommand } from "../../command/locate.ts";
import type { FindCredentials } from "../../registry/credentials.ts";
import { dockerCredentials } from "../../registry/docker-config.ts";
import { helperEnvironment } from "../../registry/helper-environment.ts";

/** How long a program may take to print a password, in ms, and how long a password may be. */
const commandMs = 60_000;
const passwordBytesMax = 100_000;

export interface CredentialSources {
  readonly secrets: Secrets;
  /** The folder with the programs that pipelines may run; undefined: none may be run. */
  readonly folder: string | undefined;
  /** Docker's `config.json`; undefined: there is none. */
  readonly dockerConfig: string | undefined;
}

/** How the pipeline says that a registry is to be asked. */
export function credentialsFrom(
  config: RegistryCredentials | undefined,
  { secrets, folder, dockerConfig }: CredentialSources,
): FindCredentials {
  return async (host, signal) => {
    if (config?.password !== undefined) {
      const { user, secret } = config.password;
      return { username: user, password: new UsedSecrets(secrets).value(secret) };
    }
    if (config?.command !== undefined) {
      const { user, run } = config.command;
      return { username: user, password: await printed(run, folder, signal) };
    }
    return dockerConfig === undefined ? undefined : dockerCredentials(dockerConfig, host, signal);
  };
}

/** What a program prints. Nothing of it is ever shown. */
async function printed(line: readonly string[], folder: string | undefined, signal: AbortSignal): Promise<string> {
  const [name = "", ...args] = line;
  if (folder === undefined)
    throw new Error(`${name} was not run: this server runs no commands. Start it with --commands DIR`);
  const program = await locateCommand(folder, name);
  const limits = { timeout: commandMs, maxBuffer: passwordBytesMax, signal };
  const options = { ...limits, cwd: folder, env: helperEnvironment() };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, out) => {
      if (error !== null) reject(new Error(`${name} failed (${error.code ?? error.signal ?? "it was ended"})`));
      else if (out.trim() === "") reject(new Error(`${name} printed no password`));
      else resolve(out.trim());
    });
  });
}
