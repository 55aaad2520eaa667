import { formatDuration } from "@sluice/core/time/duration.ts";
import type { Incident } from "@sluice/core/views/incident/incident.ts";
import { waveText } from "@sluice/core/views/wave.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { plural, share } from "../output/text.ts";
import { when } from "../output/time.ts";

/** An incident for a terminal. */
export function incidentText(incident: Incident, style: Style): string {
  const { id, app, stage, from, to, status, reason, durations } = incident;
  const lines = [
    style.bold(`${id}  ${app} ${from} in ${stage} (${status})`),
    `  what     back to ${to ?? "nothing"}: ${cell(reason)}`,
    `  reach    ${exposureText(incident)}, ${reachText(incident)}`,
    `  took     ${tookText(durations)}`,
    `  told     ${toldText(incident)}`,
    "",
  ];
  const timeline = table(
    style,
    ["TIME", "BY", "WHAT"],
    incident.timeline.map(({ at, by, text }) => [when(at), cell(by), cell(text)]),
  );
  const followUps = incident.followUps.map((text) => `- ${cell(text)}\n`).join("");
  return `${lines.join("\n")}\n${timeline}${followUps === "" ? "" : `\nLeft to do:\n${followUps}`}`;
}

function tookText({ harmToRollbackMs: ms }: Incident["durations"]): string {
  return ms === undefined
    ? "unknown: the log has no sign of harm before the rollback"
    : `${formatDuration(ms)} from the first sign of harm to the rollback`;
}

/** The share that it was given to. */
export function exposureText({ exposure: { basisPoints, wave } }: Incident): string {
  return wave === undefined ? share(basisPoints) : `${share(basisPoints)} of ${waveText(wave)}`;
}

/** How many clients it reached, harmed and gave back. */
export function reachText({ exposure: { reached, harmed, rolledBack } }: Incident): string {
  return `${plural(reached, "client")} took it, ${harmed} harmed, ${rolledBack} went back`;
}

export function toldText({ who: { told } }: Incident): string {
  return told.length === 0 ? "nobody, because no notification channel is configured" : told.map(cell).join(", ");
}
