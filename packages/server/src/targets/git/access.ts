import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import type { GitUse } from "../../git/git-program.ts";
import { isLocal, locateRepository } from "../../git/locate-repository.ts";
import { sshCommand } from "../../git/ssh-command.ts";
import { TargetFailure } from "../failure.ts";

export interface GitAccess {
  readonly secrets: Secrets;
  /** The folder with the repositories that pipelines may name by a path. */
  readonly repositoriesDir?: string | undefined;
  /** What ssh is to know of hosts, in the form of ssh_config(5); absent: what the server's user has. */
  readonly sshConfig?: string | undefined;
  /** What pipelines may push to: addresses, or beginnings of them that end in `/` or `:`; `.`: all of that folder. */
  readonly pushTo?: readonly string[] | undefined;
}

/** Where a repository is, and what git needs to get at it. Rejects with a TargetFailure where the operator does not allow it. */
export async function reach(
  { repository, credentials }: GitTarget,
  { secrets, repositoriesDir, sshConfig, pushTo = [] }: GitAccess,
  folder: string,
): Promise<{ readonly address: string; readonly use: GitUse }> {
  if (!pushTo.some((allowed) => covers(allowed, repository)))
    throw new TargetFailure(
      `this server may not push to ${repository}: whoever runs it can allow it with --push-to ${repository}`,
      { retryable: false },
    );
  const used = new UsedSecrets(secrets);
  // Nobody is sent on to another host with the credentials of this one.
  const settings = ["http.followRedirects=false", "protocol.version=2"];
  const environment = { GIT_ALLOW_PROTOCOL: "file:http:https:ssh" };
  if (isLocal(repository)) {
    const address = await locateRepository(repositoriesDir, repository).catch((error: Error) => {
      throw new TargetFailure(`${repository}: ${error.message}`, { retryable: false });
    });
    return { address, use: { settings: [...settings, `safe.directory=${address}`], environment } };
  }
  if (credentials?.password !== undefined) {
    const password = used.value(credentials.password.secret);
    const basic = Buffer.from(`${credentials.password.user}:${password}`).toString("base64");
    const header = {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `http.${new URL(repository).origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    };
    return {
      address: repository,
      use: { settings, environment: { ...environment, ...header }, secrets: [password, basic] },
    };
  }
  if (credentials?.["ssh-key"] !== undefined) {
    const file = join(folder, "ssh-key");
    await writeFile(file, `${used.value(credentials["ssh-key"].secret).trim()}\n`, { mode: 0o600 });
    const ssh = { GIT_SSH_COMMAND: sshCommand({ config: sshConfig, identity: file }) };
    return { address: repository, use: { settings, environment: { ...environment, ...ssh } } };
  }
  const ssh = { GIT_SSH_COMMAND: sshCommand({ config: sshConfig }) };
  return { address: repository, use: { settings, environment: { ...environment, ...ssh } } };
}

function covers(allowed: string, repository: string): boolean {
  if (allowed === ".") return isLocal(repository);
  return allowed === repository || (/[/:]$/.test(allowed) && repository.startsWith(allowed));
}
