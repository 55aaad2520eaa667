import { powerInWords } from "@sluice/core/rollout/power/words.ts";
import { thisPipeline } from "@sluice/sim/pipeline/compare.ts";
import type { Style } from "../output/style.ts";
import { table } from "../output/table.ts";
import type { Simulation } from "./simulation.ts";
import { count, outcomeInWords, scenarioInWords } from "./words.ts";

const barWidth = 40;

/** A simulation as a person reads it: what the plan can see, then each scenario with a bar for each plan. */
export function simulationText(simulation: Simulation, style: Style): string {
  const { app, clients, runs, seed, takenAsGiven, power, scenarios } = simulation;
  const stages = clients.map(({ stage, clients: of }) => `${stage} ${count(of)}`).join(", ");
  const lines = [
    `${style.bold(app)}, simulated ${runs} times from seed ${seed}. Clients: ${stages}.`,
    ...(takenAsGiven.length > 0 ? [`Taken as given at once: ${takenAsGiven.join(", ")}.`] : []),
    "",
    ...power.flatMap(powerInWords),
    "",
    style.dim("Clients harmed, the median of the runs [95th percentile]; the bars are logarithmic."),
    "",
  ];
  const most = Math.max(1, ...scenarios.flatMap(({ plans }) => plans.map(({ harmed }) => harmed.median)));
  for (const { scenario, plans } of scenarios) {
    lines.push(style.bold(scenarioInWords(scenario)));
    const rows = plans.map((outcome) => [
      `  ${outcome.plan === thisPipeline ? style.bold(outcome.plan) : outcome.plan}`,
      `${count(outcome.harmed.median)} [${count(outcome.harmed.p95)}]`,
      logBar(outcome.harmed.median, most),
      outcomeInWords(outcome),
    ]);
    lines.push(table(style, [], rows).replace(/^\n/, ""));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** A bar on a logarithmic scale from 1 to `most`; none for 0. */
function logBar(value: number, most: number): string {
  if (value < 1) return "";
  return "█".repeat(1 + Math.round((Math.log(value) / Math.log(Math.max(2, most))) * (barWidth - 1)));
}
