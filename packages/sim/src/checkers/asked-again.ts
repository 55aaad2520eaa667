import { compareVersions } from "@sluice/core/release/version.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { CheckerKind } from "./checker.ts";

/** Why a stage goes back without anybody who asks for it. */
const byItself: ReadonlySet<string> = new Set(["analysis", "gate", "target", "withdrawn"]);

/**
 * Being superseded does not end a release's candidacy: when a stage goes back by itself, what newer ones had overtaken there is asked for again with
 * the same decision. Whoever sends a stage back by hand gets what they asked for, and nothing else.
 */
export const askedAgain: CheckerKind = {
  guards: "what was superseded in a stage is asked for again when the stage goes back by itself",
  create() {
    const told = new Chronicle();
    /** Stage and version → the promotion that was superseded last. */
    const superseded = new Map<string, string>();
    /** What had been superseded in the stages that went back at a moment. */
    let owed: { readonly ids: readonly string[]; readonly at: string } = { ids: [], at: "" };
    const overdue = () => {
      if (owed.ids.length === 0) return undefined;
      const left = new Set(superseded.values());
      const forgotten = owed.ids.find((id) => left.has(id) && mayGoIn(told, id));
      owed = { ids: [], at: "" };
      return forgotten && `${forgotten} was superseded, and is not asked for again although its stage went back`;
    };
    return (world) => {
      const wrong = told.readOn(world, ({ type, data, at }) => {
        const late = at === owed.at ? undefined : overdue();
        if (type === "PromotionSuperseded") superseded.set(`${data.stage} ${data.version}`, String(data.id));
        if (type === "PromotionRequested") superseded.delete(`${data.stage} ${data.version}`);
        const { name, livePromotion, active } = told.stage(String(data.stage));
        const had = data.id === livePromotion || data.id === active;
        if (type === "PromotionRolledBack" && had && byItself.has(String(data.cause)))
          owed = {
            ids: [...owed.ids, ...[...superseded.values()].filter((id) => told.promotions.get(id)?.stage === name)],
            at,
          };
        return late;
      });
      // What a command leads to is stored together.
      return wrong ?? overdue();
    };
  },
};

/** Whether nothing keeps a superseded promotion's release from being asked for once more. */
function mayGoIn(told: Chronicle, id: string): boolean {
  const promotion = told.promotions.get(id);
  if (promotion === undefined || told.spec(promotion.stage) === undefined) return false;
  const { version, stage: name } = promotion;
  const { live, away, chosen } = told.stage(name);
  const before = told.before(name);
  if (told.withdrawn.has(version) || away.has(version) || chosen !== undefined) return false;
  if (live !== undefined && compareVersions(version, live) <= 0) return false;
  return before === undefined || told.stage(before).complete.has(version);
}
