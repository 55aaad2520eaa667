import { join } from "node:path";
import { copyCode } from "../planted/copy.ts";
import { defects } from "../planted/defects.ts";
import { hunt } from "../planted/hunt.ts";
import type { SimOptions } from "./options.ts";

/** Plants each defect in a copy of the code and looks who sees it. @returns 1 when one was not seen */
export async function runPlanted({ only, seeds }: SimOptions): Promise<number> {
  const chosen = defects.filter(({ name }) => only.split(",").some((text) => name.includes(text)));
  if (chosen.length === 0) {
    console.error(
      `No planted defect has "${only}" in its name. There are:\n  ${defects.map(({ name }) => name).join("\n  ")}`,
    );
    return 2;
  }
  const copy = await copyCode(join(import.meta.dirname, "../../../.."));
  let missed = 0;
  try {
    const width = Math.max(...chosen.map(({ name }) => name.length));
    for (const defect of chosen) {
      const { guards, what, seeds: needed } = await hunt(copy, defect, seeds);
      if (guards === null) missed++;
      const outcome = guards === null ? `NOT SEEN in ${needed} histories` : `${String(needed).padStart(3)}  ${guards}`;
      console.log(`${defect.name.padEnd(width)}  ${outcome}${guards === "the code runs" ? `: ${what}` : ""}`);
    }
  } finally {
    await copy.remove();
  }
  console.log(`${chosen.length} planted defects, ${chosen.length - missed} seen, ${missed} not`);
  return missed === 0 ? 0 : 1;
}
