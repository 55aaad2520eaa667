import type { ApprovalConfig } from "@sluice/core/gates/approval.ts";
import type { Chronicle } from "./chronicle.ts";
import type { ToldPromotion } from "./told.ts";

interface Asked extends Pick<ApprovalConfig, "count" | "for" | "expires"> {
  readonly from: readonly string[];
  readonly groups: readonly string[];
}

/** Whether enough people who may have said yes to a promotion, and nobody of them no. */
export function isYes(told: Chronicle, asked: Asked, promotion: ToldPromotion, at: number): boolean {
  const live = told.stage(promotion.stage).live;
  const major = (version: string) => Number.parseInt(version, 10);
  if (asked.for === "major" && live !== undefined && major(promotion.version) <= major(live)) return true;
  if (promotion.no !== undefined && counts(asked, promotion.no.by, promotion.no.groups)) return false;
  const own = [told.releases.get(promotion.version)?.publisher, promotion.asker];
  const yes = [...promotion.yes].filter(
    ([by, { groups, at: said }]) => counts(asked, by, groups) && !own.includes(by) && at < said + asked.expires,
  );
  return (
    yes.length >= asked.count && asked.groups.every((group) => yes.some(([, { groups }]) => groups.includes(group)))
  );
}

/** Whether what a person says counts. */
export function counts({ from, groups }: Pick<Asked, "from" | "groups">, by: string, of: readonly string[]): boolean {
  return [...from, ...groups].some((name) => name === by || of.includes(name));
}
