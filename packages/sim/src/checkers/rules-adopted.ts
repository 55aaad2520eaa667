import { accessStream } from "@sluice/core/access/tokens.ts";
import type { CheckerKind } from "./checker.ts";

/** What holds everywhere is in the application's log before anything else that is decided there. */
export const rulesAdopted: CheckerKind = {
  guards: "what holds in every application is adopted before an application decides anything more",
  create() {
    /** How many rules there were at each look, the newest last. */
    const lengths = [0, 0];
    let seen = 0;
    const adopted = new Set<string>();
    return (world) => {
      const log = world.log();
      const fresh = log.slice(seen);
      seen = log.length;
      for (const { type, data } of fresh) {
        if (type === "ArtifactWithdrawn") adopted.add(String(data.sha256));
        if (type === "PolicyAdopted" || type === "PolicyDropped") adopted.add(`${data.name} ${data.revision}`);
      }
      const rules = world.log(accessStream);
      // A decision that was stored only now may have been made before what came in the last hour.
      const [known = 0] = lengths.splice(0, 1);
      lengths.push(rules.length);
      if (fresh.length === 0) return undefined;
      for (const [index, { type, data, seq }] of rules.slice(0, known).entries()) {
        const late = (what: string) =>
          `rule ${seq}, ${type} of ${what}, is older than event ${log.length} and not adopted`;
        if (type === "ArtifactForbidden" && !adopted.has(String(data.sha256))) return late(String(data.sha256));
        if (type !== "PolicyApplied") continue;
        const { name } = data.policy as unknown as { readonly name: string };
        const revised = rules.slice(index + 1).some((later) => JSON.stringify(later.data).includes(`"${name}"`));
        if (!revised && !adopted.has(`${name} ${seq}`)) return late(name);
      }
      return undefined;
    };
  },
};
