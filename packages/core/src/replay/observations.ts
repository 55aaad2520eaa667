import type { ClientCounts } from "../analysis/measurement.ts";
import type { ApplicationEvent, ApplicationFactType } from "../application/events.ts";
import type { Json } from "../log/event.ts";
import type { Millis } from "../time/instant.ts";
import { entryKey } from "./entries.ts";

type Counts = Pick<ClientCounts, "reached" | "healthy" | "failed">;

/** What was counted of a release in a stage, so long after it had begun to be rolled out there. */
interface Observation extends Counts {
  readonly ageMs: number;
}

/** What rests on counted reports, and the beginning that they are counted from. */
const counting = new Set<ApplicationFactType>([
  "PromotionStarted",
  "ExposureRaised",
  "PromotionCompleted",
  "PromotionPaused",
  "PromotionRolledBack",
  "SoakClockStarted",
  "SoakClockStopped",
]);

/** The counts that stand in the log as evidence, by stage and version, in the order in which they were taken. */
export class Observations {
  readonly #byEntry = new Map<string, Observation[]>();
  readonly #startedAt = new Map<string, Millis>();

  add(event: ApplicationEvent): void {
    const { data, at } = event;
    if (!counting.has(event.type)) return;
    if (!("stage" in data && "version" in data) || typeof data.stage !== "string") return;
    const key = entryKey(data.stage, data.version);
    if (event.type === "PromotionStarted" && !this.#startedAt.has(key)) this.#startedAt.set(key, at);
    const startedAt = this.#startedAt.get(key);
    if (startedAt === undefined || !("evidence" in data)) return;
    const before = this.#byEntry.get(key) ?? [];
    const counts = countsIn(data.evidence as Json, before.at(-1));
    if (counts !== undefined) this.#byEntry.set(key, [...before, { ...counts, ageMs: at - startedAt }]);
  }

  of(stage: string, version: string): readonly Observation[] {
    return this.#byEntry.get(entryKey(stage, version)) ?? [];
  }

  /** When a release began to be rolled out in a stage, as it was recorded. */
  startedAt(stage: string, version: string): Millis | undefined {
    return this.#startedAt.get(entryKey(stage, version));
  }

  /** Stages of which anything was counted. */
  stages(): Set<string> {
    return new Set([...this.#byEntry.keys()].map((key) => key.split(" ")[0] ?? ""));
  }
}

/** Counts only grow; what one analysis does not name, another one did. */
function countsIn(evidence: Json | undefined, before: Counts | undefined): Counts | undefined {
  const found = numbersIn(evidence);
  const reached = found.get("reached") ?? found.get("clients");
  const failed = found.get("failed");
  if (reached === undefined && failed === undefined) return undefined;
  return {
    reached: Math.max(before?.reached ?? 0, reached ?? 0, failed ?? 0),
    healthy: Math.max(before?.healthy ?? 0, found.get("healthy") ?? 0),
    failed: Math.max(before?.failed ?? 0, failed ?? 0),
  };
}

/** Every named number in the evidence of the analyses, however deep; of several of one name, the largest. */
function numbersIn(evidence: Json | undefined, into = new Map<string, number>()): Map<string, number> {
  if (typeof evidence !== "object" || evidence === null) return into;
  for (const [name, value] of Object.entries(evidence)) {
    if (typeof value === "number") into.set(name, Math.max(into.get(name) ?? 0, value));
    else numbersIn(value, into);
  }
  return into;
}
