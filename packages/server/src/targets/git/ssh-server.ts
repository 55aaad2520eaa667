import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../analysis/debian-server.ts";

export const sshd = "/usr/sbin/sshd";

/** For tests: a real OpenSSH server on this machine that lets one key in. */
export interface SshServer {
  /** `ssh://somebody@127.0.0.1:40123` */
  readonly url: string;
  /** The private key that it lets in, and one that it does not. */
  readonly key: string;
  readonly otherKey: string;
  /** Writes a configuration of ssh. @param hostKey the key that the host is known by: its own, another, or none. @returns the file's path */
  config(hostKey: "own" | "other" | "none", more?: string): string;
  stop(): Promise<void>;
}

/** @param folder for its keys; it is not removed */
export async function serveSsh(folder: string): Promise<SshServer> {
  const file = (name: string) => join(folder, name);
  for (const name of ["host", "other-host", "client", "other-client"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file(name)]);
  const { username, uid } = userInfo();
  const port = await freePort();
  writeFileSync(file("authorized_keys"), readFileSync(file("client.pub")), { mode: 0o600 });
  writeFileSync(
    file("sshd_config"),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${file("host")}`,
      `AuthorizedKeysFile ${file("authorized_keys")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "",
    ].join("\n"),
  );
  // Where root's sshd puts what it does without rights; the package leaves making it to the start of the machine.
  if (uid === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(sshd, ["-D", "-e", "-f", file("sshd_config")], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-2_000);
  });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`sshd does not start: ${said}`);
    await wait(20);
  }
  return {
    url: `ssh://${username}@127.0.0.1:${port}`,
    key: readFileSync(file("client"), "utf8"),
    otherKey: readFileSync(file("other-client"), "utf8"),
    config(hostKey, more = "") {
      const known = file(`known-${hostKey}`);
      const pub = { own: "host.pub", other: "other-host.pub", none: undefined }[hostKey];
      const line = pub === undefined ? "" : `[127.0.0.1]:${port} ${readFileSync(file(pub), "utf8")}`;
      writeFileSync(known, line);
      const config = file(`config-${hostKey}`);
      writeFileSync(config, `Host *\n  UserKnownHostsFile ${known}\n  GlobalKnownHostsFile none\n${more}\n`);
      return config;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
