import type { CheckerKind } from "./checker.ts";
import { StagesInForce } from "./stages-in-force.ts";

/** Whoever enters a stage that wants approvals has them, each from somebody else than its publisher. */
export const approvedByOthers: CheckerKind = {
  guards: "nobody approves their own release, and enough others do",
  create() {
    let seen = 0;
    const pipeline = new StagesInForce();
    const publishers = new Map<unknown, string>();
    const approved = new Map<unknown, Set<string>>();
    const overridden = new Set<unknown>();
    return (world) => {
      const log = world.log();
      for (const event of log.slice(seen)) {
        const { type, data, seq, actor } = event;
        pipeline.hear(event);
        if (type === "ReleasePublished") publishers.set((data.manifest as { version: string }).version, actor);
        if (type === "PromotionOverridden") overridden.add(data.id);
        if (type === "PromotionApproved") approved.set(data.id, (approved.get(data.id) ?? new Set()).add(actor));
        if (type === "ApprovalVoided") approved.get(data.id)?.delete(String(data.approver));
        if (type === "PromotionRejected") approved.delete(data.id);
        if (type !== "PromotionStarted" || overridden.has(data.id)) continue;
        const gate = pipeline.stage(data.stage)?.gates.find(({ approval }) => approval !== undefined)?.approval;
        if (gate === undefined) continue;
        const others = [...(approved.get(data.id) ?? [])].filter((by) => by !== publishers.get(data.version));
        if (others.length < gate.count)
          return `event ${seq}: ${data.id} started with ${others.length} of ${gate.count} approvals`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
