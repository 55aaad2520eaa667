import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { run } from "@sluice/cli/run.ts";
import { createLogger } from "@sluice/server/logger.ts";
import { startServer } from "@sluice/server/server.ts";
import { type Cost, measured } from "./agent/measured.ts";

const execute = promisify(execFile);
const mebibyte = 1_048_576;
/** Files of a release are so large. */
const fileBytes = mebibyte / 2;

/** What the two contestants get, and how the tools would fetch it. */
interface Published {
  readonly mebibytes: number;
  readonly channel: string;
  readonly blob: string;
  readonly sha256: string;
}

interface Measured {
  readonly agent: readonly Cost[];
  readonly tools: readonly Cost[];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

async function sluice(argv: readonly string[], cwd: string, env: Record<string, string>): Promise<string> {
  let out = "";
  let err = "";
  const streams = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  };
  const code = await run(argv, { ...streams, env, cwd, signal: new AbortController().signal });
  if (code !== 0) throw new Error(`sluice ${argv.join(" ")}: ${err}`);
  return out;
}

/** Releases a folder of files that no compression makes smaller, as an application of its own, and waits until it is offered. */
async function publish(
  mebibytes: number,
  folder: string,
  url: string,
  env: Record<string, string>,
): Promise<Published> {
  const app = `app-${mebibytes}`;
  const files = join(folder, app);
  await mkdir(files);
  for (let index = 0; index * fileBytes < mebibytes * mebibyte; index++)
    await writeFile(join(files, `file-${index}`), randomBytes(fileBytes));
  await writeFile(join(folder, `${app}.yaml`), `apiVersion: sluice/v1\napp: ${app}\nstages: [{ name: live }]\n`);
  await sluice(["apply", "-f", `${app}.yaml`], folder, env);
  await sluice(["publish", "1.0.0", "--app", app, "--component", `files=${app}`], folder, env);
  await rm(files, { recursive: true });
  const shown = JSON.parse(await sluice(["show", "1.0.0", "--app", app, "--json"], folder, env)) as {
    readonly manifest: { readonly components: readonly { readonly sha256: string }[] };
  };
  const sha256 = shown.manifest.components[0]?.sha256 ?? "";
  await sluice(["agent", "init", "--app", app, "--channel", "live", "--dir", `${app}-client`], folder, env);
  for (const deadline = performance.now() + 60_000; ; ) {
    const answer = await sluice(["agent", "check", "--config", `${app}-client/agent.yaml`], folder, env);
    if (answer.startsWith("Version 1.0.0 is on offer")) break;
    if (performance.now() > deadline) throw new Error(`${app} is not offered: ${answer}`);
  }
  return { mebibytes, channel: `${app}-client`, blob: `${url}/feeds/${app}/blobs/${sha256}`, sha256 };
}

/** The tools do less: they know beforehand what to fetch and which digest to expect, and trust both. */
function toolsScript({ blob, sha256 }: Published): string {
  return `curl --silent --show-error --fail --output files.tar ${blob}
    echo "${sha256}  files.tar" | sha256sum --check --quiet
    mkdir files && tar --extract --file files.tar --directory files`;
}

async function compare(published: Published, executable: string, folder: string, rounds: number): Promise<Measured> {
  const agent: Cost[] = [];
  const tools: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    const client = join(folder, published.channel);
    await rm(join(client, "install"), { recursive: true, force: true });
    agent.push(await measured(`${executable} agent update --config agent.yaml`, client));
    const installed = await readFile(join(client, "install", "current", "files", "file-0"));
    if (installed.length !== fileBytes) throw new Error("what was installed is not what was published");
    const place = join(folder, "tools");
    await rm(place, { recursive: true, force: true });
    await mkdir(place);
    tools.push(await measured(toolsScript(published), place));
  }
  return { agent, tools };
}

function rowOf(what: string, mebibytes: number, costs: readonly Cost[]): Record<string, unknown> {
  return {
    what,
    MiB: mebibytes,
    "wall ms": Math.round(median(costs.map(({ wallMs }) => wallMs))),
    "CPU ms": Math.round(median(costs.map(({ cpuMs }) => cpuMs))),
    "peak MiB": Math.round(Math.max(...costs.map(({ peakMiB }) => peakMiB))),
  };
}

function ratio({ agent, tools }: Measured, key: "cpuMs" | "wallMs"): number {
  return rounded(median(agent.map((cost, round) => cost[key] / (tools[round]?.[key] ?? Number.NaN))), 2);
}

/**
 * Checking, downloading, verifying and installing a release with the executable of `npm run build:agent`, beside `curl`, `sha256sum`
 * and `tar`, from the same server, in turns. `--rounds N` (default 5), `--sizes A,B,…` MiB (default 10,100,400; the ratios are those of
 * 100, or of the first).
 */
export const bench = {
  name: "agent",
  about: "Checking, downloading, verifying and installing a release, beside curl, sha256sum and tar",
  async run(args: string[]): Promise<{ rows: Record<string, unknown>[]; figures: Record<string, number> }> {
    const { values } = parseArgs({
      args,
      options: { rounds: { type: "string", default: "5" }, sizes: { type: "string", default: "10,100,400" } },
    });
    const rounds = Number(values.rounds);
    const sizes = values.sizes.split(",").map(Number);
    if (!(rounds >= 1 && rounds <= 100) || !sizes.every((size) => size >= 1 && size <= 2_000))
      throw new RangeError("--rounds must be from 1 to 100, --sizes from 1 to 2000 MiB");
    const folder = await mkdtemp(join(tmpdir(), "sluice-bench-"));
    const root = join(import.meta.dirname, "..");
    await execute(process.execPath, [join(root, "scripts", "build-agent.ts"), "--out", folder], { cwd: root });
    const logger = createLogger({ level: "silent" });
    const server = await startServer({ dataDir: join(folder, "data"), host: "127.0.0.1", port: 0, logger });
    try {
      const env = { SLUICE_URL: server.url, SLUICE_TOKEN: server.adminToken ?? "" };
      const results = new Map<number, Measured>();
      for (const size of sizes) {
        const published = await publish(size, folder, server.url, env);
        results.set(size, await compare(published, join(folder, "sluice"), folder, rounds));
      }
      const main = results.get(100) ?? [...results.values()][0];
      if (main === undefined) throw new RangeError("--sizes names none");
      const peaks = [...results].map(([size, { agent }]) => [
        `peakMiB.${size}`,
        Math.round(Math.max(...agent.map(({ peakMiB }) => peakMiB))),
      ]);
      return {
        rows: [...results].flatMap(([size, { agent, tools }]) => [
          rowOf("sluice agent update", size, agent),
          rowOf("curl, sha256sum, tar", size, tools),
        ]),
        figures: {
          cpuRatioToTools: ratio(main, "cpuMs"),
          wallRatioToTools: ratio(main, "wallMs"),
          peakMiB: Math.round(Math.max(...main.agent.map(({ peakMiB }) => peakMiB))),
          ...Object.fromEntries(peaks),
        },
      };
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
