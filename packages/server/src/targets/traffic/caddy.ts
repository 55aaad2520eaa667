import type { CaddySpec } from "@sluice/core/targets/traffic.ts";
import { z } from "zod";
import { TargetFailure } from "../failure.ts";
import type { Router } from "./router.ts";

/** How long the admin API may take, in ms, and what it may say, in bytes. */
const answerMs = 10_000;
const answerBytesMax = 1_000_000;

const upstreamsSchema = z.array(z.looseObject({ dial: z.string() })).nullable();

/**
 * Caddy, by its admin API. It has no weights: an upstream that is listed twice gets twice as much, exactly so with the policy
 * `round_robin`, and by chance with `random`.
 * @see https://caddyserver.com/docs/api, GET and PATCH /id/…, and its `Etag` and `If-Match`
 */
export function caddyRouter({ admin, id, servers }: CaddySpec): Router {
  const address = new URL(`id/${id}/upstreams`, admin.endsWith("/") ? admin : `${admin}/`);
  const name = `Caddy's handler ${id}`;

  async function ask(signal: AbortSignal, init: RequestInit = {}): Promise<{ text: string; tag: string | null }> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    const failed = (why: string, retryable: boolean) => new TargetFailure(`${name} at ${admin} ${why}`, { retryable });
    let response: Response;
    let text: string;
    try {
      response = await fetch(address, { ...init, signal: within, redirect: "error" });
      text = await response.text();
    } catch (error) {
      if (signal.aborted) throw failed("was not asked on: it was stopped", true);
      throw failed(`cannot be reached: ${((error as Error).cause as Error | undefined)?.message ?? error}`, true);
    }
    if (text.length > answerBytesMax) throw failed("said more than it should", false);
    if (response.ok) return { text, tag: response.headers.get("etag") };
    if (response.status === 412) throw failed("was changed by somebody else at the same moment", true);
    throw failed(`answered ${response.status}: ${text.slice(0, 200)}`, response.status >= 500);
  }

  async function upstreams(signal: AbortSignal) {
    const { text, tag } = await ask(signal);
    try {
      return { listed: upstreamsSchema.parse(JSON.parse(text)) ?? [], tag };
    } catch {
      throw new TargetFailure(`${name} is no reverse_proxy with upstreams: ${text.slice(0, 200)}`, {
        retryable: false,
      });
    }
  }

  return {
    name,
    weightMax: 100,
    async servers(signal) {
      const { listed } = await upstreams(signal);
      const known = new Set([...servers, ...listed.map(({ dial }) => dial)]);
      return [...known].map((server) => ({
        name: server,
        address: server,
        weight: listed.filter(({ dial }) => dial === server).length,
        // It does not say which of them it finds well; one that is not there does not say its version either.
        takesPart: true,
      }));
    },
    async setWeights(weights, signal) {
      const { tag } = await upstreams(signal);
      const body = JSON.stringify(interleaved(weights).map((dial) => ({ dial })));
      const headers = { "content-type": "application/json", ...(tag === null ? {} : { "if-match": tag }) };
      await ask(signal, { method: "PATCH", body, headers });
    },
  };
}

/** Every server as often as its weight says, spread as evenly as it goes. */
function interleaved(weights: ReadonlyMap<string, number>): string[] {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const credit = new Map([...weights.keys()].map((server) => [server, 0]));
  return Array.from({ length: total }, () => {
    for (const [server, weight] of weights) credit.set(server, (credit.get(server) ?? 0) + weight);
    const [next = ""] = [...credit].reduce((best, each) => (each[1] > best[1] ? each : best));
    credit.set(next, (credit.get(next) ?? 0) - total);
    return next;
  });
}
