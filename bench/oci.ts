import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { ociTargetSchema } from "@sluice/core/targets/oci.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { systemClock } from "@sluice/server/clock/clock.ts";
import { writeImage } from "@sluice/server/registry/testing/image-layout.ts";
import { noRegistries, startRegistry } from "@sluice/server/registry/testing/registry-process.ts";
import { ociTarget } from "@sluice/server/targets/oci/oci.ts";

const run = promisify(execFile);
const services = ["frontend", "backend", "ai-service"];
const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];

interface Release {
  readonly host: string;
  /** Service → digest of its index. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Three services of two platforms, with a base that they share: what a version of a small product is made of. */
async function pushImages(root: string, host: string, mebibytes: number): Promise<Release> {
  const layer = (share: number) => randomBytes(Math.round(mebibytes * 1_048_576 * share));
  const base = layer(0.5);
  const digests = new Map<string, string>();
  for (const service of services) {
    const layout = join(root, `layout-${service}`);
    const platforms = ["amd64", "arm64"].map((architecture) => ({ architecture, layers: [layer(0.2), layer(0.05)] }));
    digests.set(service, await writeImage(layout, { shared: [base], platforms }));
    const to = `docker://${host}/shop/${service}:1.0.0`;
    await run("skopeo", ["copy", "-q", "--preserve-digests", "--all", ...plain, `oci:${layout}:it`, to]);
    await rm(layout, { recursive: true });
  }
  return { host, digests };
}

/** Promotes the release into a registry. @returns the time that it took in ms, and what was sent */
async function sluice({ host, digests }: Release, to: string): Promise<{ ms: number; bytes: number }> {
  const components = [...digests].map(([name, digest]) => ({
    name,
    kind: "image" as const,
    repository: `${host}/shop/${name}`,
    sha256: digest.slice("sha256:".length),
    size: 500,
  }));
  const release = {
    version: "1.0.0",
    manifest: manifestOf("1.0.0", { components }),
    digest: "",
    publishedAt: 0,
    publishedBy: "",
  };
  const config = ociTargetSchema.parse({ from: `${host}/shop`, to: `${to}/prod` });
  const target = ociTarget(config, {
    clock: systemClock,
    secrets: () => undefined,
    folder: undefined,
    dockerConfig: undefined,
  });
  const order = { id: "bench", app: "shop", stage: "production", asked: 1, main: release };
  const start = performance.now();
  const done = await target.deploy(order, new AbortController().signal);
  const ms = performance.now() - start;
  const found = await target.verify?.(order, new AbortController().signal);
  if (found?.agrees !== true) throw new Error(`the promoted images are not what they were: ${found?.text}`);
  return { ms, bytes: Number(done.bytes) };
}

/** The same with skopeo, one image after another as its command line has it. */
async function skopeo({ host, digests }: Release, to: string): Promise<number> {
  const start = performance.now();
  for (const name of digests.keys())
    await run("skopeo", [
      "copy",
      "-q",
      "--preserve-digests",
      "--all",
      ...plain,
      `docker://${host}/shop/${name}:1.0.0`,
      `docker://${to}/prod/${name}:1.0.0`,
    ]);
  return performance.now() - start;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** `npm run bench -- oci`: a release's images from one real registry into another, beside `skopeo copy --all`, in one run. */
export const bench = {
  name: "oci",
  about: "promotes a release's images between two registries, beside skopeo copy --all",

  async run(args: string[]) {
    const { values } = parseArgs({ args, options: { mebibytes: { type: "string" }, rounds: { type: "string" } } });
    const mebibytes = Number(values.mebibytes ?? 40);
    const rounds = Number(values.rounds ?? 5);
    if (!(mebibytes > 0 && mebibytes <= 2_000) || !(Number.isInteger(rounds) && rounds > 0 && rounds <= 50))
      throw new Error("--mebibytes must be above 0 and at most 2000, --rounds a whole number from 1 to 50.");
    const missing = noRegistries();
    if (missing !== undefined) throw new Error(`This benchmark needs two registries and skopeo; ${missing}.`);
    const root = await mkdtemp(join(tmpdir(), "sluice-bench-oci-"));
    const source = await startRegistry(join(root, "source"));
    const times = {
      coldSluice: [] as number[],
      coldSkopeo: [] as number[],
      sameSluice: [] as number[],
      sameSkopeo: [] as number[],
    };
    let unchangedLayerBytes = 0;
    try {
      const release = await pushImages(root, source.host, mebibytes);
      for (let round = 0; round < rounds; round++) {
        // Each into an empty registry of its own; who comes first changes from round to round.
        const contestants = [
          async (to: string) => {
            times.coldSluice.push((await sluice(release, to)).ms);
            const again = await sluice(release, to);
            times.sameSluice.push(again.ms);
            unchangedLayerBytes = Math.max(unchangedLayerBytes, again.bytes);
          },
          async (to: string) => {
            times.coldSkopeo.push(await skopeo(release, to));
            times.sameSkopeo.push(await skopeo(release, to));
          },
        ];
        for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
          const folder = await mkdtemp(join(root, "destination-"));
          const destination = await startRegistry(folder);
          try {
            await contestant(destination.host);
          } finally {
            await destination.stop();
            await rm(folder, { recursive: true });
          }
        }
      }
    } finally {
      await source.stop();
      await rm(root, { recursive: true, force: true });
    }
    const row = (what: string, own: readonly number[], other: readonly number[]) => ({
      what,
      "sluice ms": Math.round(median(own)),
      "skopeo ms": Math.round(median(other)),
      ratio: Number((median(own) / median(other)).toFixed(2)),
    });
    const cold = row("cold", times.coldSluice, times.coldSkopeo);
    const same = row("unchanged", times.sameSluice, times.sameSkopeo);
    return {
      rows: [cold, same],
      figures: { coldRatioToSkopeo: cold.ratio, unchangedRatioToSkopeo: same.ratio, unchangedLayerBytes },
    };
  },
};
