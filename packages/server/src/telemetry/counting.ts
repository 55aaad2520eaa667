import type { Report, ReportStatus } from "./reports.ts";
import { nothingSaid, type Said } from "./said.ts";

const bits: Readonly<Record<ReportStatus, Said>> = {
  "in-progress": 1,
  completed: 2,
  failed: 4,
  "rolled-back": 8,
  deferred: 32,
  altered: 64,
};
/** These say nothing of how an update went. */
const aside: Said = bits.deferred | bits.altered;
/** `rolled-back` because it was told to. */
const obeyed: Said = 16;

/** Whether a report is of an update that began. */
export function saysHowItGoes(status: ReportStatus): boolean {
  return (bits[status] & ~aside) !== 0;
}

/** Whether a client has said how the update went. */
export function isAnswer(said: Said): boolean {
  return (said & ~(bits["in-progress"] | aside)) !== 0;
}

/** Whether a client was harmed. */
export function isHarm(said: Said): boolean {
  return (said & (bits.failed | bits["rolled-back"])) !== 0;
}

export function saying(before: Said, report: Pick<Report, "status" | "ordered">): Said {
  return before | (isObeyed(report) ? obeyed : bits[report.status]);
}

/** Whether a client says that it went back because it was told to. */
export function isObeyed({ status, ordered }: Pick<Report, "status" | "ordered">): boolean {
  return status === "rolled-back" && ordered === true;
}

/** What one client adds to each column of its version's counts. */
export interface Counted {
  readonly reached: number;
  readonly healthy: number;
  readonly failed: number;
  readonly rolledBack: number;
}

function counted(said: Said): Counted {
  const harmed = isHarm(said);
  return {
    // Who waits was not reached yet.
    reached: (said & ~aside) === nothingSaid ? 0 : 1,
    healthy: !harmed && (said & bits.completed) !== 0 ? 1 : 0,
    failed: harmed ? 1 : 0,
    rolledBack: (said & (bits["rolled-back"] | obeyed)) !== 0 ? 1 : 0,
  };
}

/** By how much the counts change when a client that had said `before` has now said `after`. */
export function countsChange(before: Said, after: Said): Counted {
  const was = counted(before);
  const is = counted(after);
  return {
    reached: is.reached - was.reached,
    healthy: is.healthy - was.healthy,
    failed: is.failed - was.failed,
    rolledBack: is.rolledBack - was.rolledBack,
  };
}

export const detailsBytesMax = 16_384;

/** Throws a RangeError for a report that no store could keep as it is: the edge must have refused it. */
export function assertWithinLimits(reports: readonly Report[]): void {
  for (const report of reports) {
    if (report.details !== undefined && Buffer.byteLength(report.details) > detailsBytesMax)
      throw new RangeError(`the details of a report by ${report.clientId} are longer than ${detailsBytesMax} bytes`);
    for (const [field, value] of Object.entries(report))
      if (typeof value === "string" && value.includes("\0"))
        throw new RangeError(`the ${field} of a report has a NUL character, which PostgreSQL cannot store`);
  }
}
