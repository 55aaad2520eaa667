import type { ClientExplanation } from "@sluice/core/views/client/explain-client.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { ago, until } from "../output/time.ts";

/** Why a client did, or did not, get a release, for people: the sentence, what keeps it, and what it said. Ends in a newline. */
export function clientText(explanation: ClientExplanation, style: Style): string {
  const { stage, summary, obstacles, reports, release, standing, at, client } = explanation;
  const width = Math.max(0, ...obstacles.map(({ obstacle }) => obstacle.length));
  const lines = [`${style.bold(stage)}  ${cell(summary)}`];
  for (const { obstacle, detail, until: moment, who } of obstacles)
    lines.push(
      `  ${style.yellow("◷")} ${obstacle.padEnd(width)}  ${cell(detail)}${moment === undefined ? "" : style.dim(` (not before ${until(moment, at)})`)}`,
      `    ${" ".repeat(width)}  ${style.dim(`can be changed by ${cell(who)}`)}`,
    );
  if (client.versionFrom === "reports") lines.push(style.dim(`  It has ${client.version}, as its own reports say.`));
  // What the release waits for stands among the obstacles where it is one.
  if (standing !== "has-it" && !obstacles.some(({ obstacle }) => obstacle === "not-entered"))
    lines.push(style.dim(`  The release: ${cell(release.summary)}`));
  const said = reports.map(({ version, status, at: time, reason }) => [
    ago(time, at),
    version,
    status,
    cell(reason ?? ""),
  ]);
  const told =
    said.length === 0
      ? `  It has reported nothing on channel ${stage}.\n`
      : `\n${table(style, ["REPORTED", "VERSION", "STATUS", "WHY"], said)}`;
  return `${lines.join("\n")}\n${told}`;
}
