import { compareVersions } from "@sluice/core/release/version.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { openIssues } from "../chronicle/gates.ts";
import { allows, blocks } from "../chronicle/policies.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";

/** What the log says must go is gone with the same decision: no release stays that was withdrawn, or whose gate has failed for good. */
export const nothingLingers: CheckerKind = {
  guards:
    "what was withdrawn or overtaken, or has a gate that nothing but people can open again, does not stay under way or live",
  create() {
    const told = new Chronicle();
    return (world) => {
      told.readTo(world, world.log().length);
      for (const { name } of told.stages) {
        const { live } = told.stage(name);
        if (live !== undefined && told.withdrawn.has(live)) return `${live} is live in ${name}, and was withdrawn`;
      }
      for (const promotion of told.promotions.values()) {
        if (!told.stages.some(({ name }) => name === promotion.stage)) continue;
        const why = lingers(told, promotion);
        if (why !== undefined) return `${promotion.id} of ${promotion.version} is ${promotion.way}, and ${why}`;
      }
      return undefined;
    };
  },
};

function lingers(told: Chronicle, promotion: ToldPromotion): string | undefined {
  const { version, way, override } = promotion;
  if (way === "over" || way === "complete") return undefined;
  if (told.withdrawn.has(version)) return "was withdrawn";
  const { live } = told.stage(promotion.stage);
  if (way === "waiting" && live !== undefined && compareVersions(version, live) <= 0) return `${live} is live`;
  if (promotion.broken !== undefined) return `its target ${promotion.broken} is broken`;
  if (way === "paused" || override !== undefined) return undefined;
  const before = told.before(promotion.stage);
  if (before !== undefined && told.stage(before).away.has(version)) return `was rolled back in ${before}`;
  if (way === "waiting") return undefined;
  for (const policy of told.policies.values()) {
    if (blocks(policy, version)) return `policy ${policy.name} blocks it`;
    if (!allows(policy, promotion.stage)) return `policy ${policy.name} does not allow ${promotion.stage}`;
  }
  for (const gate of told.spec(promotion.stage)?.gates ?? []) {
    const least = gate["no-issues"]?.["at-least"];
    const [open] = least === undefined ? [] : openIssues(told, version, least);
    if (open !== undefined) return open;
    const found = told.outside.foundFor(gate, `${version} ${promotion.stage}`, told.pipelineDigest, told.at);
    if (found.includes("fail")) return "servers have found that it must not be there";
  }
  return undefined;
}
