import type { Finding } from "@sluice/core/analysis/finding.ts";
import type { Subject } from "@sluice/core/analysis/placeholders.ts";
import type { Millis } from "@sluice/core/time/instant.ts";

/** What is measured: a release in a stage, since it began to be exposed there. */
export interface Measured extends Subject {
  readonly since: Millis;
}

/** A source of measurements. */
export interface Provider<Config> {
  /**
   * Measures once and holds the value to the configured limits. Never rejects: whatever goes wrong, also that `signal` was
   * aborted, is a finding of verdict `error`. Leaves nothing running.
   */
  measure(config: Config, measured: Measured, signal: AbortSignal): Promise<Finding>;
}

/** A secret of the server by its name; undefined when it has none of that name. */
export type Secrets = (name: string) => string | undefined;
