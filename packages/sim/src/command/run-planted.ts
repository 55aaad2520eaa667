import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type CodeCopy, copyCode } from "../planted/copy.ts";
import type { Defect } from "../planted/defect.ts";
import { defects } from "../planted/defects.ts";
import { type Catch, codeRuns, hunt } from "../planted/hunt.ts";
import type { SimOptions } from "./options.ts";

const root = join(import.meta.dirname, "../../../..");

/**
 * Plants each defect in a copy of the code and prints a table of what caught it, a line as soon as it is known.
 * @returns 1 when one was not caught
 */
export async function runPlanted({ only, from, seeds }: SimOptions): Promise<number> {
  const chosen = defects.filter(({ name }) => only.split(",").some((text) => name.includes(text)));
  if (chosen.length === 0) {
    console.error(
      `No planted defect has "${only}" in its name. There are:\n  ${defects.map(({ name }) => name).join("\n  ")}`,
    );
    return 2;
  }
  const rows = tableOf(chosen);
  console.log(rows.head);
  const catches = await huntAll(chosen, { from, seeds }, (found) => console.log(rows.row(found)));
  const caught = catches.filter(({ guards }) => guards !== null).length;
  console.log(`${chosen.length} planted defects, ${caught} caught`);
  return caught === chosen.length ? 0 : 1;
}

/** Hunts for as many at a time as there are processors. @param told of each as soon as it is known */
async function huntAll(
  chosen: readonly Defect[],
  seeds: { readonly from: number; readonly seeds: number },
  told: (found: Catch) => void,
): Promise<Catch[]> {
  const catches: Catch[] = [];
  const left = [...chosen];
  const progress = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  };
  const work = async (copy: CodeCopy) => {
    for (let defect = left.shift(); defect !== undefined; defect = left.shift()) {
      progress(`${catches.length} of ${chosen.length} defects`);
      const found = await hunt(copy, defect, seeds);
      catches.push(found);
      progress("");
      told(found);
    }
  };
  const processes = Math.min(availableParallelism(), chosen.length);
  const copies = await Promise.all(Array.from({ length: processes }, () => copyCode(root)));
  try {
    await Promise.all(copies.map(work));
  } finally {
    progress("");
    await Promise.all(copies.map((copy) => copy.remove()));
  }
  return catches;
}

function tableOf(chosen: readonly Defect[]): { readonly head: string; readonly row: (found: Catch) => string } {
  const packageOf = new Map(chosen.map(({ name, file }) => [name, file.slice(0, file.indexOf("/"))]));
  const width = Math.max("planted defect".length, ...chosen.map(({ name }) => name.length));
  const line = (defect: string, from: string, seeds: string, by: string) =>
    `${defect.padEnd(width)}  ${from.padEnd("package".length)}  ${seeds.padStart("seeds".length)}  ${by}`;
  return {
    head: line("planted defect", "package", "seeds", "caught by what guards that"),
    row({ defect, guards, what, seeds }) {
      const by = guards === null ? "NOT CAUGHT" : guards === codeRuns ? `${codeRuns}: ${what}` : guards;
      return line(defect, packageOf.get(defect) ?? "", String(seeds), by);
    },
  };
}
