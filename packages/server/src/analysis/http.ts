import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { fillIn } from "@sluice/core/analysis/placeholders.ts";
import { type HttpProbe, judgeHttp, judgeNoAnswer } from "@sluice/core/analysis/providers/http.ts";
import type { Clock } from "../clock/clock.ts";
import { type Ask, ask as askOverNetwork, messageOf } from "./ask.ts";
import { withDeadline } from "./deadline.ts";
import { filledHeaders } from "./headers.ts";
import type { Provider, Secrets } from "./provider.ts";
import { MissingSecret, UsedSecrets } from "./secrets.ts";

interface HttpOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** How URLs are asked: over the network, unless given. */
  readonly ask?: Ask;
}

/** Asks a URL and looks at status, body and latency. */
export function httpProvider({ clock, secrets, ask = askOverNetwork }: HttpOptions): Provider<HttpProbe> {
  return {
    async measure(probe, measured, signal): Promise<Finding> {
      const url = fillIn(probe.url, measured, encodeURIComponent);
      const used = new UsedSecrets(secrets);
      return withDeadline(clock, probe.timeout, signal, async (within, ended) => {
        try {
          const headers = filledHeaders(probe.headers, measured, used);
          const startedAt = clock.now();
          const followRedirects = probe["follow-redirects"];
          const answer = await ask({ url: new URL(url), headers, signal: within, followRedirects });
          const age = Number(answer.headers.age ?? 0);
          return judgeHttp(probe, {
            status: answer.status,
            latencyMs: Math.max(0, clock.now() - startedAt),
            body: used.mask(answer.body),
            ...(age > 0 ? { ageSeconds: age } : {}),
          });
        } catch (error) {
          if (error instanceof MissingSecret) return measurementError(error.message, { url: probe.url });
          if (ended() === "stopped") return measurementError("the measurement was stopped", { url: probe.url });
          const why = ended() === "timeout" ? `no whole answer within ${probe.timeout} ms` : messageOf(error);
          return judgeNoAnswer(probe, `${withoutQuery(url)}: ${why}`);
        }
      });
    },
  };
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
