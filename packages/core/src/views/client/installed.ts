import { compareVersions } from "../../release/version.ts";
import type { Millis } from "../../time/instant.ts";

/** What a client said of an update on this channel, as the server has it. */
export interface ClientReport {
  readonly version: string;
  readonly status: "in-progress" | "completed" | "failed" | "rolled-back" | "deferred" | "altered";
  /** When it arrived. */
  readonly at: Millis;
  /** Why, in the client's words. */
  readonly reason?: string;
}

/**
 * What a client has installed, as far as its own reports tell: the last version on which its health was confirmed and from which
 * it did not go back since. The server keeps what a client says of a version once, so a version that it came back to by itself may
 * stand behind one that it left.
 * @param reports newest first
 */
export function installedBy(reports: readonly ClientReport[]): string | undefined {
  const left = new Set<string>();
  for (const { version, status } of reports) {
    if (status === "rolled-back") left.add(version);
    if (status === "completed" && !left.has(version)) return version;
  }
  return undefined;
}

/** The last thing that a client said of a version. @param reports newest first */
export function lastSaidOf(reports: readonly ClientReport[], version: string): ClientReport | undefined {
  return reports.find((report) => compareVersions(report.version, version) === 0);
}
