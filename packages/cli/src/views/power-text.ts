import type { PowerView } from "@sluice/core/views/power.ts";
import type { Style } from "../output/style.ts";
import { cell } from "../output/table.ts";

/** What each stage can see of a release, for people; stages that see alike together. Ends in a newline where there is anything to say. */
export function powerText(powers: readonly PowerView[], style: Style): string {
  if (powers.length === 0) return "";
  const lines = alike(powers).flatMap(({ stages, says, assumes }, index, groups) => [
    ...says.map((sentence, place) => `${place === 0 ? `  ${stages.join(", ")}: ` : "    "}${cell(sentence)}`),
    // What was assumed alike of several stages is said once.
    ...(groups[index + 1]?.assumes === assumes ? [] : [`  ${style.dim(cell(assumes))}`]),
  ]);
  return `${style.bold("What each stage can see of a release:")}\n${lines.join("\n")}\n`;
}

interface Alike extends Pick<PowerView, "says" | "assumes"> {
  readonly stages: string[];
}

/** Stages that follow each other and of which the same is said; what is said begins with the first one's name no more. */
function alike(powers: readonly PowerView[]): Alike[] {
  const groups: Alike[] = [];
  for (const {
    stage,
    says: [first = "", ...more],
    assumes,
  } of powers) {
    const says = [first.startsWith(`${stage}: `) ? first.slice(stage.length + 2) : first, ...more];
    const last = groups.at(-1);
    if (last?.assumes === assumes && last.says.join("\n") === says.join("\n")) last.stages.push(stage);
    else groups.push({ stages: [stage], says, assumes });
  }
  return groups;
}
