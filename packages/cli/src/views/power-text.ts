import type { PowerView } from "@sluice/core/views/power.ts";
import type { Style } from "../output/style.ts";
import { cell } from "../output/table.ts";

/** What each stage can see of a release, for people. Ends in a newline where there is anything to say. */
export function powerText(powers: readonly PowerView[], style: Style): string {
  if (powers.length === 0) return "";
  const lines = powers.flatMap(({ says, assumes }, index) => [
    ...says.map((sentence, place) => `${place === 0 ? "  " : "    "}${cell(sentence)}`),
    // What was assumed alike of several stages is said once.
    ...(powers[index + 1]?.assumes === assumes ? [] : [`  ${style.dim(cell(assumes))}`]),
  ]);
  return `${style.bold("What each stage can see of a release:")}\n${lines.join("\n")}\n`;
}
