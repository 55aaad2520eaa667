import type { Replay, ReplayedEntry, ReplayedIncident } from "@sluice/core/replay/replay.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { plural, share } from "../output/text.ts";
import { when } from "../output/time.ts";

/** What a changed pipeline would have made of the history, for people. Ends in a newline. */
export function replayText(replay: Replay, style: Style): string {
  const { app, from, to, entries, incidents, notReplayed, limits } = replay;
  const changed = entries.filter(({ outcome }) => outcome !== "same");
  const parts = [
    `${style.bold(app)}  replayed from ${when(from)} to ${when(to)}: ${summaryOf(entries)}\n`,
    changed.length === 0
      ? ""
      : table(
          style,
          ["STAGE", "VERSION", "OUTCOME", "THEN", "WITH THIS FILE"],
          changed.map((entry) => [
            entry.stage,
            entry.version,
            outcomeText(entry, style),
            momentOf(entry.before),
            entry.after === undefined ? cell(entry.why) : momentOf(entry.after),
          ]),
        ),
    incidents.length === 0
      ? "No release was rolled back in that time.\n"
      : table(
          style,
          ["INCIDENT", "STAGE", "VERSION", "CAUSE", "WITH THIS FILE", "REACH", "OFFERED FOR"],
          incidents.map((incident) => [
            incident.id,
            incident.stage,
            incident.version,
            incident.cause,
            incidentText(incident, style),
            `${share(incident.reach.before)} → ${share(incident.reach.after)}`,
            `${durationOf(incident.exposedMs.before)} → ${incident.reach.after === 0 ? "never" : durationOf(incident.exposedMs.after)}`,
          ]),
        ),
    notReplayed.length === 0
      ? ""
      : `Not done again, because it would not have been possible:\n${notReplayed.map(({ seq, type, why }) => `  ${seq} ${type}: ${cell(why)}\n`).join("")}`,
    `What this cannot know:\n${limits.map((limit) => `  - ${cell(limit)}\n`).join("")}`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

const words: Readonly<Record<ReplayedEntry["outcome"], string>> = {
  earlier: "earlier",
  later: "later",
  never: "not at all",
  new: "new",
  same: "unchanged",
};

function summaryOf(entries: readonly ReplayedEntry[]): string {
  if (entries.length === 0) return "no release entered any stage in that time";
  const counts = (["earlier", "later", "never", "new", "same"] as const).flatMap((outcome) => {
    const count = entries.filter((entry) => entry.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${words[outcome]}`];
  });
  return `${plural(entries.length, "promotion")}, ${counts.join(", ")}`;
}

function outcomeText({ outcome, differenceMs = 0 }: ReplayedEntry, style: Style): string {
  if (outcome === "earlier") return style.green(`${formatDuration(-differenceMs)} earlier`);
  if (outcome === "later") return style.yellow(`${formatDuration(differenceMs)} later`);
  return outcome === "never" ? style.red("not promoted") : outcome;
}

function momentOf(times: ReplayedEntry["before"]): string {
  if (times === undefined) return "not promoted";
  return times.completedAt === undefined ? `begun ${when(times.startedAt)}` : when(times.completedAt);
}

function incidentText({ outcome, harmed }: ReplayedIncident, style: Style): string {
  const known = harmed === undefined || harmed === 0 ? "" : ` (${plural(harmed, "client")} harmed then)`;
  switch (outcome) {
    case "never-exposed":
      return style.green(`stopped: never offered${known}`);
    case "fewer":
      return style.green(`fewer, or for less time${known}`);
    case "more":
      return style.red(`more, or for longer${known}`);
    case "same":
      return `as it was${known}`;
  }
}

function durationOf(ms: number | undefined): string {
  return ms === undefined ? "until the end" : formatDuration(ms);
}
