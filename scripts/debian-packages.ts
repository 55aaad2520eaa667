import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A Debian package that tests need, and the file by which it is known to be there. */
const packages = [
  { name: "chromium", file: "/usr/bin/chromium" },
  { name: "git", file: "/usr/bin/git" },
  { name: "gnupg", file: "/usr/bin/gpg" },
  { name: "haproxy", file: "/usr/sbin/haproxy" },
  { name: "nginx-light", file: "/usr/sbin/nginx" },
  { name: "radosgw", file: "/usr/bin/radosgw" },
  { name: "ceph-mon", file: "/usr/bin/ceph-mon" },
  { name: "ceph-osd", file: "/usr/bin/ceph-osd" },
  { name: "ceph-common", file: "/usr/bin/ceph" },
  { name: "caddy", file: "/usr/bin/caddy" },
  { name: "postgresql-15", file: "/usr/lib/postgresql/15/bin/pg_dump" },
  { name: "docker-registry", file: "/usr/bin/docker-registry" },
  { name: "skopeo", file: "/usr/bin/skopeo" },
  { name: "openssl", file: "/usr/bin/openssl" },
  { name: "openssh-client", file: "/usr/bin/ssh-keygen" },
  { name: "openssh-server", file: "/usr/sbin/sshd" },
  { name: "prometheus", file: "/usr/bin/prometheus" },
  { name: "prometheus-alertmanager", file: "/usr/bin/prometheus-alertmanager" },
];

/** Installs what is missing where this is root on Debian; elsewhere the tests that need it are skipped and say so. */
export function installDebianPackages(): void {
  const missing = packages.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.error(`Not installed, so the tests that need them are skipped: ${missing.join(", ")}`);
    return;
  }
  console.error(`Installing ${missing.join(", ")} for the tests …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  if (!apt("update", "-qq") || !apt("install", "-y", "-qq", "--no-install-recommends", ...missing))
    console.error(`Could not install ${missing.join(", ")}; what apt-get printed above says why.`);
}
