import { parseArgs } from "node:util";
import { Child } from "./check/child.ts";
import type { LoadResult, LoadTask } from "./check/load.ts";

const connections = 64;
const path = "/api/v1/updates/check";

interface Round {
  readonly requestsPerSecond: number;
  /** CPU time of the server process, µs a request. */
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Contestant {
  readonly name: string;
  readonly server: Child;
  readonly url: string;
  readonly rounds: Round[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** One round of load; the server is asked for its CPU time before and after. */
async function measure(contestant: Contestant, load: Child, requests: number): Promise<Round> {
  const task: LoadTask = { url: contestant.url, path, connections, requests };
  const before = await contestant.server.ask<number>("cpu");
  const result = await load.ask<LoadResult>(task);
  const after = await contestant.server.ask<number>("cpu");
  return {
    requestsPerSecond: result.requests / result.seconds,
    cpuMicros: (after - before) / result.requests,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
}

function row({ name, rounds }: Contestant): Record<string, unknown> {
  const of = (key: keyof Round) => median(rounds.map((round) => round[key]));
  return {
    server: name,
    requestsPerSecond: Math.round(of("requestsPerSecond")),
    "CPU µs/request": rounded(of("cpuMicros"), 2),
    "p50 ms": rounded(of("p50Ms"), 2),
    "p99 ms": rounded(of("p99Ms"), 2),
  };
}

/**
 * Update checks beside a bare node:http server that returns a constant of the same size. Both servers and the load are
 * processes of their own; the servers take turns, so that a disturbance of the machine meets both.
 * `--rounds N` (default 7), `--requests N` in each (default 30,000), `--partial` for a release that half of the clients get.
 */
export const bench = {
  name: "check",
  about: "Update checks a second and their CPU time, beside a bare node:http server that returns a constant",
  async run(args: string[]): Promise<{ rows: Record<string, unknown>[]; figures: Record<string, number> }> {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: "string", default: "7" },
        requests: { type: "string", default: "30000" },
        partial: { type: "boolean", default: false },
      },
    });
    const rounds = Number(values.rounds);
    const requests = Number(values.requests);
    if (!(rounds >= 1 && rounds <= 100) || !(requests >= 1_000 && requests <= 1_000_000))
      throw new RangeError("--rounds must be from 1 to 100, --requests from 1000 to 1000000");
    const children: Child[] = [];
    const start = async (file: string, ...rest: string[]) => {
      const child = new Child(file, rest);
      children.push(child);
      return child;
    };
    try {
      const load = await start("load");
      const sluice = await start("sluice-server", values.partial ? "partial" : "live");
      const sluiceUrl = await sluice.ask<string>("url");
      const probe = await load.ask<LoadResult>({
        url: sluiceUrl,
        path,
        connections: 1,
        requests: 1,
      } satisfies LoadTask);
      const bare = await start("bare-server", String(probe.bodyBytes));
      const contestants: Contestant[] = [
        { name: "sluice", server: sluice, url: sluiceUrl, rounds: [] },
        { name: "bare node:http", server: bare, url: await bare.ask<string>("url"), rounds: [] },
      ];
      for (const contestant of contestants) await measure(contestant, load, requests);
      for (let round = 0; round < rounds; round++)
        for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed())
          contestant.rounds.push(await measure(contestant, load, requests));
      const [ours, bareOne] = contestants;
      if (ours === undefined || bareOne === undefined) throw new Error("two servers were measured");
      const ratio = (key: keyof Round) =>
        rounded(median(ours.rounds.map((round, i) => round[key] / (bareOne.rounds[i]?.[key] ?? Number.NaN))), 3);
      return {
        rows: contestants.map(row),
        figures: {
          cpuRatioToNodeHttp: ratio("cpuMicros"),
          p99RatioToNodeHttp: ratio("p99Ms"),
          bodyBytes: probe.bodyBytes,
        },
      };
    } finally {
      await Promise.all(children.map((child) => child.end()));
    }
  },
};
