/** How git reaches hosts by SSH. */
export interface SshUse {
  /** What ssh is to know of hosts, in the form of ssh_config(5); absent: what the server's user has. */
  readonly config?: string | undefined;
  /** A file with the private key that alone is offered; absent: the keys of that configuration. */
  readonly identity?: string | undefined;
}

/** The command for `GIT_SSH_COMMAND`: it asks nobody anything, and speaks to no host whose key is not known, whatever is configured. */
export function sshCommand({ config, identity }: SshUse = {}): string {
  const known = config === undefined ? "" : ` -F ${quoted(config)}`;
  const key = identity === undefined ? "" : ` -o IdentitiesOnly=yes -i ${quoted(identity)}`;
  return `ssh${known} -o BatchMode=yes -o StrictHostKeyChecking=yes${key}`;
}

/** As a shell reads it. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
