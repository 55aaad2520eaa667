import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { fillIn } from "@sluice/core/analysis/placeholders.ts";
import { type HttpProbe, judgeHttp, judgeNoAnswer } from "@sluice/core/analysis/providers/http.ts";
import type { Clock } from "../clock/clock.ts";
import { withDeadline } from "./deadline.ts";
import type { Provider, Secrets } from "./provider.ts";
import { MissingSecret, UsedSecrets } from "./secrets.ts";

const largestBody = 1_048_576;
const mostRedirects = 5;

/** Nobody answers from memory: every measurement is a connection of its own that no cache may serve. */
const uncached = { "cache-control": "no-cache, no-store", pragma: "no-cache", "accept-encoding": "identity" };

/** Asks a URL and looks at status, body and latency. */
export function httpProvider(options: { clock: Clock; secrets: Secrets }): Provider<HttpProbe> {
  const { clock, secrets } = options;
  return {
    async measure(probe, measured, signal): Promise<Finding> {
      const used = new UsedSecrets(secrets);
      let headers: Record<string, string>;
      try {
        headers = Object.fromEntries(
          Object.entries(probe.headers).map(([name, value]) => [
            name.toLowerCase(),
            used.fill(fillIn(value, measured)),
          ]),
        );
      } catch (error) {
        if (error instanceof MissingSecret) return measurementError(error.message, { url: probe.url });
        throw error;
      }
      const url = fillIn(probe.url, measured, encodeURIComponent);
      return withDeadline(clock, probe.timeout, signal, async (within, ended) => {
        const startedAt = clock.now();
        try {
          const response = await ask(new URL(url), headers, within, probe["follow-redirects"] ? mostRedirects : 0);
          const body = await readBody(response);
          const age = Number(response.headers.age ?? 0);
          return judgeHttp(probe, {
            status: response.statusCode ?? 0,
            latencyMs: Math.max(0, clock.now() - startedAt),
            body: used.mask(body),
            ...(age > 0 ? { ageSeconds: age } : {}),
          });
        } catch (error) {
          if (ended() === "stopped") return measurementError("the measurement was stopped", { url: probe.url });
          const why = ended() === "timeout" ? `no whole answer within ${probe.timeout} ms` : messageOf(error);
          const { origin, pathname } = new URL(url);
          return judgeNoAnswer(probe, `${origin}${pathname}: ${why}`);
        }
      });
    },
  };
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirects: number,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === "https:" ? tlsRequest : plainRequest;
    request(url, { agent: false, signal, headers: { "user-agent": "sluice", ...headers, ...uncached } })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
  const { statusCode = 0, headers: answered } = response;
  if (redirects === 0 || answered.location === undefined || ![301, 302, 303, 307, 308].includes(statusCode))
    return response;
  response.destroy();
  const next = new URL(answered.location, url);
  if (next.protocol !== "http:" && next.protocol !== "https:")
    throw new Error(`redirects to ${next.protocol}, which is not followed`);
  // What was meant for one server is not for another.
  return ask(next, next.origin === url.origin ? headers : {}, signal, redirects - 1);
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > largestBody) {
      response.destroy();
      throw new Error(`the answer is longer than ${largestBody} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried and none answered: Node leaves the message empty.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error.message;
}
