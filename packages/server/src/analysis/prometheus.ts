import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { fillIn } from "@sluice/core/analysis/placeholders.ts";
import { judgePrometheus, type PrometheusProbe } from "@sluice/core/analysis/providers/prometheus.ts";
import type { Clock } from "../clock/clock.ts";
import { type Ask, ask as askOverNetwork, messageOf } from "./ask.ts";
import { withDeadline } from "./deadline.ts";
import { filledHeaders } from "./headers.ts";
import type { Provider, Secrets } from "./provider.ts";
import { UsedSecrets } from "./secrets.ts";

interface PrometheusOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Whom a query is put to that names no server. */
  readonly url: string | undefined;
  /** How URLs are asked: over the network, unless given. */
  readonly ask?: Ask;
}

/** Puts an instant query to a Prometheus server: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
export function prometheusProvider(options: PrometheusOptions): Provider<PrometheusProbe> {
  const { clock, secrets, ask = askOverNetwork } = options;
  return {
    async measure(probe, measured, signal): Promise<Finding> {
      const base = probe.url ?? options.url;
      const evidence = { query: probe.query };
      if (base === undefined)
        return measurementError(
          "the pipeline names no Prometheus server and Sluice was started without one: sluice serve --prometheus URL",
          evidence,
        );
      const place = fillIn(base, measured, encodeURIComponent).replace(/\/+$/, "");
      return withDeadline(clock, probe.timeout, signal, async (within, ended) => {
        try {
          const url = new URL(`${place}/api/v1/query`);
          url.searchParams.set("query", fillIn(probe.query, measured));
          const headers = filledHeaders(probe.headers, measured, new UsedSecrets(secrets));
          const { status, body } = await ask({ url, headers, signal: within, followRedirects: false });
          const answer = readJson(body);
          return answer === undefined
            ? measurementError(`${place}: answered ${status} and no JSON`, evidence)
            : judgePrometheus(probe, answer);
        } catch (error) {
          if (ended() === "stopped") return measurementError("the measurement was stopped", evidence);
          const why = ended() === "timeout" ? `no whole answer within ${probe.timeout} ms` : messageOf(error);
          return measurementError(`${place}: ${why}`, evidence);
        }
      });
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
