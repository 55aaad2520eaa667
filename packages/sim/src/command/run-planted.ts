import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type CodeCopy, copyCode } from "../planted/copy.ts";
import { type Defect, plantedIn } from "../planted/defect.ts";
import { defects } from "../planted/defects.ts";
import { type Catch, hunt } from "../planted/hunt.ts";
import { exitCodes } from "./exit-codes.ts";
import type { SimOptions } from "./options.ts";
import { PlantedReport } from "./planted-report.ts";

const root = join(import.meta.dirname, "../../../..");

/** Plants each defect in a copy of the code and tells what caught it. @returns the exit code */
export async function runPlanted({ only, from, seeds, json }: SimOptions): Promise<number> {
  const texts = only.split(",").filter((text) => text !== "");
  const chosen = defects.filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)));
  const unknown = texts.filter((text) => !defects.some(({ name }) => name.includes(text)));
  if (unknown.length > 0) {
    const names = defects.map(({ name }) => `\n  ${name}`).join("");
    console.error(`No planted defect has "${unknown.join('" or "')}" in its name. There are:${names}`);
    return exitCodes.usage;
  }
  const outdated = await whatCannotBePlanted(chosen);
  if (outdated.length > 0) {
    console.error(outdated.join("\n"));
    return exitCodes.broken;
  }
  const report = new PlantedReport(chosen, json);
  await huntAll(chosen, { from, seeds }, report);
  return report.end() ? exitCodes.sound : exitCodes.violated;
}

/** Of each defect that replaces a text that is no longer there, why. */
async function whatCannotBePlanted(chosen: readonly Defect[]): Promise<string[]> {
  const tried = chosen.map(async (defect) => {
    plantedIn(await readFile(join(root, "packages", defect.file), "utf8"), defect);
  });
  const outcomes = await Promise.allSettled(tried);
  return outcomes.flatMap((outcome) =>
    outcome.status === "fulfilled"
      ? []
      : [outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason)],
  );
}

/** Hunts for as many at a time as there are processors. */
async function huntAll(
  chosen: readonly Defect[],
  seeds: { readonly from: number; readonly seeds: number },
  report: PlantedReport,
): Promise<void> {
  const left = [...chosen.entries()];
  const work = async (copy: CodeCopy) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [place, defect] = next;
      const found: Catch = await hunt(copy, defect, seeds);
      report.hear(place, found);
    }
  };
  const processes = Math.min(availableParallelism(), chosen.length);
  const copies = await Promise.all(Array.from({ length: processes }, () => copyCode(root)));
  try {
    await Promise.all(copies.map(work));
  } finally {
    await Promise.all(copies.map((copy) => copy.remove()));
  }
}
