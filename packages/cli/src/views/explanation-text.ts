import type { Explanation } from "@sluice/core/views/why.ts";
import type { Style } from "../output/style.ts";
import { cell } from "../output/table.ts";
import { printable, shortDigest } from "../output/text.ts";
import { until } from "../output/time.ts";

/** An explanation for people: the sentence, then every gate and analysis with its verdict. Ends in a newline. */
export function explanationText(explanation: Explanation, style: Style): string {
  const { stage, summary, gates, analysis, earliest, notBefore, at } = explanation;
  const width = Math.max(
    0,
    ...gates.map((gate) => nameOf(gate).length),
    ...analysis.map((result) => result.analysis.length),
  );
  const lines = [`${style.bold(stage)}  ${cell(summary)}`];
  if (explanation.inconsistent !== undefined)
    lines.push(`  ${style.red(`✕ INCONSISTENT: ${cell(explanation.inconsistent)}`)}`);
  for (const { verdict, reason, until: moment, who, ...gate } of gates)
    lines.push(
      `  ${mark(verdict, style)} ${nameOf(gate).padEnd(width)}  ${cell(reason)}${moment === undefined ? "" : style.dim(` (until ${until(moment, at)})`)}`,
      ...(who === undefined ? [] : [`    ${" ".repeat(width)}  ${style.dim(`can be changed by ${cell(who)}`)}`]),
    );
  for (const { analysis: name, verdict, reason } of analysis)
    lines.push(`  ${mark(verdict, style)} ${name.padEnd(width)}  ${cell(reason)}`);
  const { power } = explanation;
  if (power !== undefined)
    lines.push(...[...power.says, power.assumes].map((sentence) => `  ${style.dim(cell(sentence))}`));
  const waits = explanation.standing === "waiting" || explanation.standing === "ready";
  for (const { target, changes, text, sha256 } of waits ? (explanation.plans ?? []) : [])
    lines.push(
      `  ${style.bold(`plan of ${target}`)}${style.dim(`  ${shortDigest(sha256)}${changes === false ? "  nothing would change" : ""}`)}`,
      ...printable(text)
        .trimEnd()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => `    ${line}`),
    );
  if (earliest !== undefined) lines.push(`  at the earliest ${until(earliest, at)}`);
  if (notBefore !== undefined) lines.push(`  not before ${until(notBefore, at)}, if people do theirs until then`);
  return `${lines.join("\n")}\n`;
}

function nameOf({ gate, policy }: { readonly gate: string; readonly policy?: string }): string {
  return policy === undefined ? gate : `${gate} (policy ${policy})`;
}

function mark(verdict: string, style: Style): string {
  if (verdict === "pass") return style.green("✓");
  return verdict === "fail" ? style.red("✕") : style.yellow("◷");
}
