import type { AppState } from "@sluice/core/application/state.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { openRequest } from "../chronicle/rollback-requests.ts";
import type { CheckerKind } from "./checker.ts";

/** What every server believes of its stages and promotions is what the log tells, read by somebody else than the production fold. */
export const stateAsTold: CheckerKind = {
  guards: "what a server believes is what the log tells to whoever else reads it",
  create() {
    const told = new Chronicle();
    /** States do not change, so one that was compared is as it was. */
    const compared = new WeakSet<AppState>();
    return (world) => {
      told.readTo(world, world.log().length);
      for (const state of world.states()) {
        if (state.seq !== told.seq || compared.has(state)) continue;
        compared.add(state);
        const wrong = differs(told, state);
        if (wrong !== undefined) return `at event ${told.seq} ${wrong}`;
      }
      return undefined;
    };
  },
};

function differs(told: Chronicle, state: AppState): string | undefined {
  for (const { name } of told.stages) {
    const should = told.stage(name);
    const is = state.stages.get(name);
    const compared = [
      ["live", is?.live?.version, should.live],
      ["under way", is?.active, should.active],
      ["complete", [...(is?.completed.keys() ?? [])].join(), [...should.complete.keys()].join()],
      ["away", [...(is?.away ?? [])].sort().join(), [...should.away].sort().join()],
      ["frozen", is?.frozen !== undefined, should.frozen !== undefined],
      ["chosen", is?.hold?.promotion, should.chosen],
      ["asked to go back", is?.rollbackRequest, openRequest(told, name)?.id],
    ] as const;
    for (const [what, server, log] of compared)
      if (server !== log) return `the server has ${server} ${what} in ${name}, and the log tells ${log}`;
  }
  const ways = { "rolled-back": "over", aborted: "over", superseded: "over" } as const;
  for (const { id, status, approvals } of state.promotions.values()) {
    const should = told.promotions.get(id);
    const way = status in ways ? "over" : status;
    if (way !== should?.way) return `${id} is ${status}, and the log tells ${should?.way}`;
    const yes = [...approvals].map(({ by }) => by).sort();
    if (way !== "over" && way !== "complete" && yes.join() !== [...should.yes.keys()].sort().join())
      return `${id} has the approvals of ${yes.join(", ") || "nobody"}, and the log tells ${[...should.yes.keys()].join(", ") || "nobody"}`;
  }
  const open = [...state.openIssues].sort().join();
  const issues = [...told.issues.keys()].sort().join();
  return open === issues ? undefined : `the issues ${open} are open, and the log tells ${issues}`;
}
