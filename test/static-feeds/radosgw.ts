import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const programs = ["/usr/bin/radosgw", "/usr/bin/ceph-mon", "/usr/bin/ceph-osd", "/usr/bin/ceph"];

export interface Bucket {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** Why S3 cannot be tried here; undefined: it can. */
export function noBuckets(): string | undefined {
  const missing = programs.filter((program) => !existsSync(program));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** Starts Ceph's gateway, which speaks S3, with one monitor and one store in memory. Up in about 12 s. */
export async function startRadosgw(): Promise<Bucket> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-s3-"));
  const [mon = 0, old = 0, port = 0] = await freePorts(3);
  const conf = join(folder, "ceph.conf");
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const tool = async (program: string, ...args: string[]) => (await run(program, args, { env: environment })).stdout;
  const environment = { ...process.env, CEPH_CONF: conf };
  const daemon = (program: string, ...args: string[]) =>
    children.push(spawn(program, ["-c", conf, "-f", ...args], { stdio: "ignore" }));
  const monKeyring = join(folder, "keyring");
  try {
    for (const below of ["mon", "osd", "mgr", "rgw", "run", "log"]) await mkdir(join(folder, below));
    await writeFile(conf, configuration(folder, { mon, old, port }));
    const caps = ["mon", "osd", "mgr", "mds"].flatMap((kind) => ["--cap", kind, "allow *"]);
    await tool("ceph-authtool", "--create-keyring", monKeyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
    await tool("ceph-authtool", monKeyring, "--gen-key", "-n", "client.admin", ...caps);
    const osdCaps = ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"];
    await tool("ceph-authtool", monKeyring, "--gen-key", "-n", "osd.0", ...osdCaps);
    const address = `[v2:127.0.0.1:${mon},v1:127.0.0.1:${old}]`;
    await tool("monmaptool", "--create", "--fsid", fsid(conf), "--addv", "a", address, join(folder, "monmap"));
    await tool("ceph-mon", "--mkfs", "-i", "a", "--monmap", join(folder, "monmap"), "--keyring", monKeyring);
    daemon("ceph-mon", "-i", "a");
    const osd = randomUUID();
    await tool("ceph", "osd", "new", osd);
    await tool("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd);
    for (const name of ["osd.0", "client.admin"])
      await tool("ceph", "auth", "import", "-i", monKeyring, name).catch(() => "");
    daemon("ceph-osd", "-i", "0");
    daemon("radosgw", "-n", "client.admin");
    const endpoint = `http://127.0.0.1:${port}`;
    await answers(endpoint);
    const [accessKeyId, secretAccessKey] = ["AKIATESTTESTTEST", "secretsecretsecret"];
    const keys = ["--access-key", accessKeyId, "--secret", secretAccessKey];
    await tool("radosgw-admin", "user", "create", "--uid", "t", "--display-name", "t", ...keys);
    return { endpoint, accessKeyId, secretAccessKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const fsids = new Map<string, string>();

function fsid(conf: string): string {
  const known = fsids.get(conf) ?? randomUUID();
  fsids.set(conf, known);
  return known;
}

function configuration(folder: string, { mon, old, port }: Record<"mon" | "old" | "port", number>): string {
  return `[global]
keyring = ${folder}/keyring
fsid = ${fsid(`${folder}/ceph.conf`)}
mon host = [v2:127.0.0.1:${mon},v1:127.0.0.1:${old}]
mon initial members = a
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
auth allow insecure global id reclaim = true
mon data = ${folder}/mon
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 536870912
mgr data = ${folder}/mgr
mon data avail crit = 1
run dir = ${folder}/run
admin socket = ${folder}/run/$name.$pid.asok
log file = ${folder}/log/$name.log
mon max pg per osd = 1000
osd pool default pg autoscale mode = off
mgr initial modules =
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${folder}/rgw
rgw thread pool size = 32
rgw zone = default
`;
}

async function answers(url: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const there = await fetch(url).then(
      () => true,
      () => false,
    );
    if (there) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
