import type { Chronicle } from "./chronicle.ts";
import type { ToldPromotion } from "./told.ts";

/** Whether a release was complete in each of these stages for so long, in ms. */
export function untested(
  told: Chronicle,
  { stages, for: forMs }: { readonly stages: readonly string[]; readonly for: number },
  { version }: ToldPromotion,
  at: number,
): string[] {
  return stages.flatMap((name) => {
    const since = told.stage(name).complete.get(version)?.at;
    return since === undefined || at < since + forMs ? [`it was not tested in ${name}`] : [];
  });
}
