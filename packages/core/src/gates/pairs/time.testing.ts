import { expect } from "vitest";
import * as step from "../../testing/steps.ts";
import {
  approval,
  bob,
  closed,
  commit,
  does,
  entered,
  force,
  type Pair,
  passed,
  saturday,
  scan,
  share,
  slow,
  waiting,
  well,
} from "./waiting.testing.ts";

/** Soaks, windows, freezes and holds with each other and with what happens. */
export const pairsOfTime: readonly Pair[] = [
  [
    "soak",
    "freeze",
    "a freeze does not stop the clock of a soak, and whichever is later lets it in",
    () => {
      const world = waiting([{ soak: "24h" }]);
      does(world, step.freeze("prod", world.now + 48 * 3_600_000), step.passing("47h"));
      expect(closed(world)).toEqual(["not-frozen"]);
      does(world, step.passing("1h"));
      expect(entered(world)).toBe("1.0.0");
      const thawed = waiting([{ soak: "24h" }]);
      does(thawed, step.freeze("prod"), step.passing("1h"), step.thaw("prod"), step.passing("22h"));
      expect(closed(thawed)).toEqual(["soak"]);
      does(thawed, step.passing("1h"));
      expect(entered(thawed)).toBe("1.0.0");
    },
  ],
  [
    "soak",
    "window",
    "a soak that ends outside the window waits for the next one",
    () => {
      const world = waiting([{ soak: "27h" }, saturday]);
      does(world, step.passing("27h"));
      expect(closed(world)).toEqual(["window"]);
      does(world, step.passing("164h"));
      expect(closed(world)).toEqual(["window"]);
      does(world, step.passing("1h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "soak",
    "no-issues",
    "an issue that is opened and resolved meanwhile does not start the soak anew",
    () => {
      const world = waiting([{ soak: "24h" }, { "no-issues": {} }]);
      does(world, step.openIssue("1.0.0"), step.passing("23h"), step.resolveIssue("issue-1"), step.passing("1h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "soak",
    "approval",
    "an approval that expires before the soak ends is asked for again",
    () => {
      const world = waiting([{ soak: "24h" }, { approval: { from: ["bob"], expires: "10h" } }]);
      does(world, bob, step.passing("24h"));
      expect(closed(world)).toEqual(["approval"]);
      does(world, bob);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "soak",
    "min-clients",
    "the clock of a healthy soak runs with its own number of clients, and both must hold",
    () => {
      const world = waiting([{ soak: { healthy: "24h", "min-clients": 2 } }, { "min-clients": 5 }]);
      does(world, well(2), step.passing("24h"));
      expect(closed(world)).toEqual(["min-clients"]);
      does(world, well(3));
      expect(entered(world)).toBe("1.0.0");
      const late = waiting([{ soak: { healthy: "24h", "min-clients": 5 } }, { "min-clients": 2 }]);
      does(late, well(2), step.passing("48h"));
      expect(closed(late)).toEqual(["soak"]);
    },
  ],
  [
    "soak",
    "*rollback",
    "a rollback in the stage before ends the wait, and the next try soaks from its own beginning",
    () => {
      const world = waiting([{ soak: "24h" }]);
      does(world, step.passing("20h"), { type: "RecallRollout", id: "dev-1", reason: "odd" });
      expect(world.state.promotions.get("prod-1")?.status).toBe("aborted");
      does(world, step.promote("1.0.0", "dev", "again"), step.passing("23h"));
      expect(closed(world)).toEqual(["soak"]);
      does(world, step.passing("1h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "window",
    "approval",
    "an approval that expires before the window opens does not count in it, one that is given within enters",
    () => {
      const world = waiting([saturday, { approval: { from: ["bob"], expires: "20h" } }]);
      does(world, bob, step.passing("24h"));
      expect(closed(world)).toEqual(["approval"]);
      does(world, bob);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "window",
    "freeze",
    "a freeze over the whole window lets it pass, and the next one counts",
    () => {
      const world = waiting([saturday]);
      does(world, step.freeze("prod", world.now + 26 * 3_600_000), step.passing("26h"));
      expect(closed(world)).toEqual(["window"]);
      does(world, step.passing("166h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "window",
    "check",
    "a pass that has gone stale when the window opens does not count, one that is reported within enters",
    () => {
      const world = waiting([saturday, scan]);
      does(world, passed, step.passing("24h"));
      expect(closed(world)).toEqual(["check"]);
      does(world, passed);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "window",
    "*rollout",
    "a window that closes holds the exposure, and it rises when the next one opens",
    () => {
      const world = waiting([saturday], { rollout: { steps: [{ to: "10%", hold: "3h" }, { to: "100%" }] } });
      does(world, step.passing("190h"));
      expect(share(world)).toBe(1_000);
      does(world, step.passing("2h"));
      expect(share(world)).toBe(10_000);
    },
  ],
  [
    "freeze",
    "*rollout",
    "a freeze holds the exposure, and does not stop the clock of a step",
    () => {
      const world = waiting([], slow);
      does(world, step.freeze("prod", world.now + 40 * 3_600_000), step.passing("47h"));
      expect(share(world)).toBe(1_000);
      does(world, step.passing("1h"));
      expect(share(world)).toBe(10_000);
    },
  ],
  [
    "freeze",
    "approval",
    "an approval that is given during a freeze counts when it is thawed",
    () => {
      const world = waiting([approval]);
      does(world, step.freeze("prod"), bob);
      expect(closed(world)).toEqual(["not-frozen"]);
      does(world, step.thaw("prod"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "freeze",
    "*override",
    "nobody overrides a freeze: it is thawed",
    () => {
      const world = waiting([approval]);
      does(world, step.freeze("prod"), force(true));
      expect(entered(world)).toBeUndefined();
      does(world, step.thaw("prod"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "window",
    "*promote-on",
    "a tag that is pushed outside the window waits for it",
    () => {
      const world = waiting([saturday], { "promote-on": { tag: "v*" } });
      does(world, step.forge({ kind: "tag", tag: "v1.0.0", commit }));
      expect(closed(world)).toEqual(["window"]);
      does(world, step.passing("24h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "*hold",
    "soak",
    "what somebody chose by hand is not overtaken by a newer one whose soak has ended",
    () => {
      const world = waiting([{ soak: "24h" }], { "when-newer": "supersede", ...slow });
      does(world, step.publish("1.1.0"));
      does(world, step.promote("1.0.0", "prod"), step.passing("48h"));
      expect(entered(world)).toBe("1.0.0");
      expect(closed(world, "1.1.0")).toContain("not-held");
    },
  ],
];
