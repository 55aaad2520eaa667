import { severities } from "@sluice/core/pipeline/values.ts";
import type { CheckerKind } from "./checker.ts";
import { StagesInForce } from "./stages-in-force.ts";

/** Nobody enters a stage that wants no issues while one is open. */
export const issuesKeptOut: CheckerKind = {
  guards: "a release with an open issue does not enter a stage that forbids it",
  create() {
    let seen = 0;
    const pipeline = new StagesInForce();
    const open = new Map<unknown, { readonly version: unknown; readonly severity: number }>();
    const overridden = new Set<unknown>();
    const rank = (severity: unknown) => severities.findIndex((known) => String(known) === severity);
    return (world) => {
      const log = world.log();
      for (const event of log.slice(seen)) {
        const { type, data, seq } = event;
        pipeline.hear(event);
        if (type === "IssueOpened") open.set(data.id, { version: data.version, severity: rank(data.severity) });
        if (type === "IssueResolved") open.delete(data.id);
        if (type === "PromotionOverridden") overridden.add(data.id);
        if (type !== "PromotionStarted" || overridden.has(data.id)) continue;
        const gate = pipeline.stage(data.stage)?.gates.find((one) => one["no-issues"] !== undefined)?.["no-issues"];
        if (gate === undefined) continue;
        const least = rank(gate["at-least"]);
        const [id] = [...open].find(([, issue]) => issue.version === data.version && issue.severity >= least) ?? [];
        if (id !== undefined) return `event ${seq}: ${data.id} started with ${id} open`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
