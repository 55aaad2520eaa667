import type { Consequence } from "@sluice/core/views/dry-run/consequence.ts";
import type { DryRun, GateChange, PromotionForecast, StageForecast } from "@sluice/core/views/dry-run/dry-run.ts";
import type { Style } from "../output/style.ts";
import { cell } from "../output/table.ts";
import { plural, share } from "../output/text.ts";
import { until } from "../output/time.ts";

/** What a changed pipeline would do, for people: stage by stage, and in it every release that it touches. Ends in a newline. */
export function dryRunText(run: DryRun, style: Style): string {
  const stages = run.stages.filter(({ change }) => change !== "removed").map(({ stage }) => stage);
  if (!run.changed) return `Nothing would change: ${run.app} has this pipeline already (${stages.join(" → ")}).\n`;
  const touched = run.stages.reduce((sum, { promotions }) => sum + promotions.length, 0);
  const heading = `Dry run, nothing was changed. ${run.created ? "It would create" : "It would change"} ${run.app}: ${stages.join(" → ")}`;
  const changes = run.stages.filter(({ change, promotions }) => change !== "same" || promotions.length > 0);
  const flight =
    touched === 0
      ? "Nothing in flight is touched."
      : `${plural(touched, "release")} in flight ${touched === 1 ? "is" : "are"} touched.`;
  const details = changes.map((stage) => stageText(stage, run.at, style)).join("\n");
  return `${[heading, ...(run.created ? [] : [details, flight])].join("\n\n")}\n`;
}

function stageText({ stage, change, settings, promotions }: StageForecast, at: string, style: Style): string {
  const what = change === "changed" ? `changed: ${settings.join(", ")}` : change;
  return [
    `${style.bold(stage)}  ${style.dim(what)}`,
    ...promotions.flatMap((one) => promotionLines(one, at, style)),
  ].join("\n");
}

const standings: Readonly<Record<NonNullable<PromotionForecast["before"]>, string>> = {
  waiting: "waits",
  active: "rolls out",
  paused: "is paused",
  live: "is live",
};

function promotionLines(forecast: PromotionForecast, at: string, style: Style): string[] {
  const { version, promotion, before, gates, follows } = forecast;
  const width = Math.max(0, ...gates.map(({ gate }) => gate.length));
  return [
    `  ${style.bold(version)} ${before === null ? "is asked for" : standings[before]} ${style.dim(`(${promotion})`)}`,
    ...gates.map((change) => `    ${change.gate.padEnd(width)}  ${gateText(change, at, style)}`),
    ...earliestLines(forecast, at),
    ...follows.filter(({ what }) => what !== "requested").map((follow) => `    → ${consequenceText(follow, style)}`),
  ];
}

function gateText({ before, after, reason, until: moment }: GateChange, at: string, style: Style): string {
  const paint = after === "pass" || after === null ? style.green : after === "fail" ? style.red : style.yellow;
  const words = { pass: "open", wait: "closed", fail: "closed" };
  const from = before === null ? "new" : words[before];
  const to = after === null ? "gone" : words[after];
  return `${paint(from === to ? to : `${from} → ${to}`)}: ${cell(reason)}${moment === undefined ? "" : style.dim(` (until ${until(moment, at)})`)}`;
}

/** When it can move now, and when it could before. Where something follows at once, there is no such moment any more. */
function earliestLines({ earliest, summary, follows }: PromotionForecast, at: string): string[] {
  const { before, after } = earliest;
  if (before === after || follows.some(({ what }) => what !== "requested")) return [];
  const was = before === undefined ? "" : `, not ${until(before, at)}`;
  return [`    ${after === undefined ? cell(summary.after) : `at the earliest ${until(after, at)}${was}`}`];
}

function consequenceText({ what, basisPoints, reason, to }: Consequence, style: Style): string {
  const why = reason === undefined || reason === "" ? "" : `: ${cell(reason)}`;
  switch (what) {
    case "requested":
      return "is asked for";
    case "started":
      return "starts at once";
    case "exposed":
      return `goes to ${share(basisPoints ?? 0)}`;
    case "wave-begun":
      return `begins wave ${cell(reason ?? "")}`;
    case "completed":
      return style.green("is live");
    case "paused":
      return style.yellow(`is paused${why}`);
    case "rolled-back":
      return style.red(`is rolled back to ${to ?? "nothing"}${why}`);
    case "aborted":
      return style.red(`is aborted${why}`);
    case "superseded":
      return style.yellow(`ends${why}`);
  }
}
