import type { ReleaseDetail } from "../api/shapes.ts";
import type { Style } from "../output/style.ts";
import { table } from "../output/table.ts";
import { between } from "../output/time.ts";
import { paint } from "../views/history-text.ts";

/** For every release the stages with times, clients reached, harmed and rolled back. @param begun RFC 3339, time zero */
export function summaryTable(releases: readonly ReleaseDetail[], begun: string, style: Style): string {
  const rows = releases.flatMap(({ version, path, clients }) =>
    path
      .toReversed()
      .filter(({ startedAt }) => startedAt !== undefined)
      .map(({ stage, status, startedAt = begun, completedAt, endedAt }, i) => {
        const counts = clients.find(({ channel }) => channel === stage);
        const harmed = String(counts?.failed ?? 0);
        return [
          i === 0 ? style.bold(version) : "",
          stage,
          paint(status, style),
          `at ${between(begun, startedAt)}`,
          completedAt === undefined ? "" : `in ${between(startedAt, completedAt)}`,
          endedAt === undefined ? "" : `at ${between(begun, endedAt)}`,
          String(counts?.reached ?? 0),
          harmed === "0" ? harmed : style.red(harmed),
          String(counts?.rolledBack ?? 0),
        ];
      }),
  );
  return table(
    style,
    ["RELEASE", "STAGE", "CAME TO", "ENTERED", "COMPLETE", "ENDED", "REACHED", "HARMED", "ROLLED BACK"],
    rows,
  );
}
