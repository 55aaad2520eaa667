import type { Millis } from "@sluice/core/time/instant.ts";

/** Signs and publishes an application's targets: feeds and release manifests. The effect behind every exposure. */
export interface Publisher {
  /**
   * Publishes exactly these targets (path → text), atomically for whoever reads. Idempotent: the same again does nothing.
   * Fails with an OperationalError; then what was published before stays as it was.
   */
  publish(app: string, targets: ReadonlyMap<string, string>): Promise<void>;
  /** Signs anew what would expire. */
  renewIfDue(app: string): Promise<void>;
  /** When `renewIfDue` has something to do next; undefined while nothing was published. */
  nextRenewal(app: string): Millis | undefined;
}
