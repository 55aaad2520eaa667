import { stripVTControlCharacters } from "node:util";
import type { ActiveView, StatusView } from "@sluice/core/views/status.ts";
import type { Style } from "../output/style.ts";
import { bar } from "../output/table.ts";
import { share } from "../output/text.ts";
import type { Observation } from "./fleet.ts";

/** One line a stage: what is live, what is on its way, and what its agents run. */
export function liveTable(status: StatusView, fleet: readonly Observation[], style: Style): string[] {
  return status.stages.map(({ name, live, active, waiting }) => {
    const onItsWay =
      active !== null
        ? `${style.cyan("▲")} ${active.version} ${reach(active, style)}`
        : waiting[0] !== undefined
          ? `${style.yellow("◷")} ${waiting[0].version} ${waiting[0].waitsFor.map(({ gate }) => gate).join(", ")}`
          : "";
    const isLive = live === null ? style.dim("○ nothing") : `${style.green("●")} ${live.version.padEnd(7)}`;
    return `  ${style.bold(name.padEnd(7))} ${isLive}  ${padded(onItsWay, 26)}  ${agentsOf(name, fleet)}`;
  });
}

function reach({ basisPoints, ration }: ActiveView, style: Style): string {
  if (ration === undefined) return `${style.cyan(bar(basisPoints, 10))} ${share(basisPoints).padEnd(4)}`;
  return `let in ${ration.offered}, at risk ${ration.inFlight}${ration.most === null ? "" : ` of ${ration.most}`}`;
}

/** Pads by what is seen: colours take no room. */
function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stripVTControlCharacters(text).length));
}

function agentsOf(stage: string, fleet: readonly Observation[]): string {
  const counts = new Map<string, number>();
  for (const { agent, running } of fleet)
    if (agent.stage === stage) counts.set(running ?? "nothing", (counts.get(running ?? "nothing") ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([version, count]) => `${count} × ${version}`)
    .join("  ");
}
