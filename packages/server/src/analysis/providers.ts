import type { Finding } from "@sluice/core/analysis/finding.ts";
import type { MeasuredAnalysis } from "@sluice/core/analysis/measured.ts";
import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Clock } from "../clock/clock.ts";
import type { Ask } from "./ask.ts";
import { cloudWatchProvider } from "./cloudwatch.ts";
import { commandProvider } from "./command.ts";
import { httpProvider } from "./http.ts";
import { prometheusProvider } from "./prometheus.ts";
import type { Measured, Secrets } from "./provider.ts";

/** Takes one measurement of any kind. Never rejects, as no provider does. */
export type Measure = (analysis: MeasuredAnalysis, measured: Measured, signal: AbortSignal) => Promise<Finding>;

interface ProvidersOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** The folder of the programs that pipelines may run; undefined: none. */
  readonly commandsDir: string | undefined;
  /** The Prometheus server of queries that name none. */
  readonly prometheusUrl: string | undefined;
  /** How URLs are asked: over the network, unless given. */
  readonly ask?: Ask;
}

/** Every provider that there is. */
export function providersOf({ clock, secrets, commandsDir, prometheusUrl, ask }: ProvidersOptions): Measure {
  const asking = ask === undefined ? {} : { ask };
  const http = httpProvider({ clock, secrets, ...asking });
  const command = commandProvider({ clock, secrets, folder: commandsDir });
  const prometheus = prometheusProvider({ clock, secrets, url: prometheusUrl, ...asking });
  const cloudWatch = cloudWatchProvider({ clock });
  return (analysis, measured, signal) => {
    switch (analysis.kind) {
      case "http":
        return http.measure(analysis.config, measured, signal);
      case "command":
        return command.measure(analysis.config, measured, signal);
      case "prometheus":
        return prometheus.measure(analysis.config, measured, signal);
      case "cloudwatch":
        return cloudWatch.measure(analysis.config, measured, signal);
      default:
        return unreachable(analysis);
    }
  };
}
