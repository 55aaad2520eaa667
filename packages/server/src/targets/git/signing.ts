import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import type { Clock } from "../../clock/clock.ts";
import { runCommand } from "../../command/run-command.ts";
import type { GitUse } from "../../git/git-program.ts";

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface Signing {
  readonly settings: readonly string[];
  readonly environment: NonNullable<GitUse["environment"]>;
  /** Ends what was started for it. */
  end(): Promise<void>;
}

/** Puts a signing key where git finds it, in a folder that the caller removes; undefined: nothing is signed. */
export async function prepareSigning(
  sign: GitTarget["sign"],
  { secrets, clock, folder, signal }: { secrets: Secrets; clock: Clock; folder: string; signal: AbortSignal },
): Promise<Signing | undefined> {
  if (sign === undefined) return undefined;
  const used = new UsedSecrets(secrets);
  const file = join(folder, "signing-key");
  const write = (name: string) => writeFile(file, `${used.value(name).trim()}\n`, { mode: 0o600 });
  if (sign.ssh !== undefined) {
    await write(sign.ssh.secret);
    return { settings: ["gpg.format=ssh", `user.signingKey=${file}`], environment: {}, end: async () => {} };
  }
  if (sign.openpgp === undefined) return undefined;
  await write(sign.openpgp.secret);
  const home = join(folder, "gnupg");
  await mkdir(home, { mode: 0o700 });
  const environment = { GNUPGHOME: home };
  const run = async (ending: AbortSignal, program: string, ...args: string[]) => {
    const env = { PATH: path, LANG: "C", HOME: folder, ...environment };
    const { exitCode, output } = await runCommand({ program, args, folder, env, secrets: [], signal: ending, clock });
    if (exitCode !== 0) throw new Error(`${program} could not use the OpenPGP key: ${output.trim().slice(0, 200)}`);
    return output;
  };
  // The agent leaves the group of whoever starts it.
  const end = async () => {
    await run(new AbortController().signal, "gpgconf", "--kill", "gpg-agent").catch(() => undefined);
  };
  try {
    await run(signal, "gpg", "--batch", "--quiet", "--import", file);
    const keys = await run(signal, "gpg", "--batch", "--with-colons", "--list-secret-keys");
    const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(keys)?.[1];
    if (fingerprint === undefined) throw new Error("the secret has no private OpenPGP key");
    const settings = ["gpg.format=openpgp", "gpg.program=gpg", `user.signingKey=${fingerprint}`];
    return { settings, environment, end };
  } catch (error) {
    await end();
    throw error;
  }
}
