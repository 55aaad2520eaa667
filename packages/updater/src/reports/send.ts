import { reasonOf, send } from "../http/request.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import { retryAfterMs } from "../ports/retry-after.ts";
import type { Outbox, Report } from "./outbox.ts";

const timeoutMs = 30_000;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;

export interface Sender {
  /**
   * Sends what waits, in order, until a report cannot be sent now.
   * @returns whether everything is sent
   */
  flush(signal?: AbortSignal): Promise<boolean>;
  /** How long to wait before the next `flush`. */
  delay(): Delay;
}

/** A wait, and whether it is the server that asked for it. */
export interface Delay {
  readonly ms: number;
  readonly asked: boolean;
}

type Verdict =
  | { readonly is: "sent" | "refused" }
  | { readonly is: "later"; readonly why: string; readonly waitMs?: number | undefined };

/** Sends the outbox to the server. */
export function openSender(options: {
  readonly server: string;
  readonly token: () => Promise<string | undefined>;
  readonly outbox: Outbox;
  readonly ports: Ports;
  readonly log: Log;
}): Sender {
  const { outbox, ports, log } = options;
  const url = new URL("api/v1/updates/status", options.server);
  let failures = 0;
  let askedMs = 0;
  let underWay: Promise<boolean> | undefined;

  const drain = async (signal?: AbortSignal): Promise<boolean> => {
    for (let next = await outbox.first(); next !== undefined; next = await outbox.first()) {
      const verdict = await post(url, next.report, await options.token(), ports, signal);
      if (verdict.is === "later") {
        if (failures === 0)
          log.warn("Reports cannot be sent now; they are kept and sent later", {
            server: url.origin,
            why: verdict.why,
          });
        failures += 1;
        askedMs = verdict.waitMs ?? 0;
        return false;
      }
      if (verdict.is === "refused")
        log.warn("The server refused a report; it is dropped", {
          report: next.name,
          version: next.report.body.version,
        });
      await outbox.remove(next.name);
      failures = 0;
      askedMs = 0;
    }
    return true;
  };

  return {
    flush(signal) {
      underWay ??= drain(signal).finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    delay: () => {
      const backOff = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 20));
      return { ms: Math.max(askedMs, backOff * (0.9 + 0.2 * ports.random())), asked: askedMs > 0 };
    },
  };
}

/** These say something of the moment or of the token, not of the report. */
const passing4xx = new Set([401, 403, 408, 429]);

async function post(
  url: URL,
  report: Report,
  token: string | undefined,
  ports: Ports,
  signal?: AbortSignal,
): Promise<Verdict> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(url, {
      headers: {
        ...report.headers,
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(report.body),
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    response.resume();
    const status = response.statusCode ?? 0;
    if (status === 202) return { is: "sent" };
    if (status >= 400 && status < 500 && !passing4xx.has(status)) return { is: "refused" };
    return {
      is: "later",
      why: `the server answered ${status}`,
      waitMs: retryAfterMs(response.headers["retry-after"], ports.clock.now()),
    };
  } catch (error) {
    return { is: "later", why: timeout.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(error) };
  }
}
