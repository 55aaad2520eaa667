import { expect } from "vitest";
import { pipelineOf } from "../../testing/pipelines.ts";
import * as step from "../../testing/steps.ts";
import {
  approval,
  bob,
  closed,
  commit,
  demanding,
  does,
  entered,
  force,
  type Pair,
  passed,
  saturday,
  scan,
  share,
  slow,
  under,
  waiting,
} from "./waiting.testing.ts";

/** What policies demand, with the gates of the pipeline and with what happens. */
export const pairsOfPolicy: readonly Pair[] = [
  [
    "policy",
    "approval",
    "a policy's approval and the pipeline's are two: both must be given",
    () => {
      const world = waiting([approval]);
      does(world, under(demanding), bob);
      expect(closed(world)).toEqual(["approval!"]);
      does(world, step.by("carol", step.approve("prod-1")));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "policy",
    "check",
    "a check that both ask for must hold for both: the pipeline's age counts, too",
    () => {
      const world = waiting([scan, saturday]);
      does(world, under({ stages: ["prod"], complianceChecks: ["scan"] }), passed, step.passing("24h"));
      expect(closed(world)).toEqual(["check"]);
      does(world, passed);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "policy",
    "soak",
    "time that a policy asks for in a test stage and a soak: whichever is longer",
    () => {
      const world = waiting([{ soak: "12h" }]);
      const tested = { testingRequired: true, testEnvironments: ["dev"], minimumTestDuration: "24h" };
      does(world, under(tested), step.passing("23h"));
      expect(closed(world)).toEqual(["tested-in!"]);
      does(world, step.passing("1h"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "policy",
    "*override",
    "an operator's override passes over the pipeline's gates and not over a policy's; an admin's over both",
    () => {
      const world = waiting([approval]);
      does(world, under(demanding), force());
      expect(entered(world)).toBeUndefined();
      does(world, force(true));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "policy",
    "freeze",
    "an admin passes over a policy, and not over a freeze",
    () => {
      const world = waiting([approval]);
      does(world, step.freeze("prod"), under(demanding), force(true));
      expect(entered(world)).toBeUndefined();
    },
  ],
  [
    "policy",
    "*supersede",
    "a version that a policy blocks does not take the place of another",
    () => {
      const world = waiting([], { ...slow, "when-newer": "supersede" });
      does(world, under({ blockedVersions: ["1.1.0"] }), step.publish("1.1.0"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "policy",
    "*promote-on",
    "a tag does not stand for what a policy demands",
    () => {
      const world = waiting([], { "promote-on": { tag: "v*" } });
      does(world, under(demanding), step.forge({ kind: "tag", tag: "v1.0.0", commit }));
      expect(closed(world)).toEqual(["approval!"]);
    },
  ],
  [
    "policy",
    "*policy-change",
    "a policy that is tightened while approvals are given holds at the last look: who is no approver any more has not approved",
    () => {
      const world = waiting([{ soak: "24h" }]);
      does(
        world,
        under({ ...demanding, approvers: ["bob"] }),
        bob,
        under({ ...demanding, approvers: ["bob", "carol"], approvals: 2 }),
      );
      does(world, step.passing("24h"));
      expect(closed(world)).toEqual(["approval!"]);
      // What bob said still counts, because the tightened policy names him.
      does(world, step.by("carol", step.approve("prod-1")));
      expect(entered(world)).toBe("1.0.0");
      const other = waiting([{ soak: "24h" }]);
      does(other, under({ ...demanding, approvers: ["bob"] }), bob, under(demanding), step.passing("24h"));
      expect(closed(other)).toEqual(["approval!"]);
    },
  ],
  [
    "policy",
    "*rollout",
    "a policy that is tightened during a rollout holds the exposure where it is until it is met",
    () => {
      const world = waiting([], slow);
      does(world, under(demanding), step.passing("72h"));
      expect(share(world)).toBe(1_000);
      does(world, step.by("carol", step.approve("prod-1")));
      expect(share(world)).toBe(10_000);
    },
  ],
  [
    "policy",
    "*pipeline-change",
    "a pipeline whose gates are taken out still meets the policy, and approvals given before count no more",
    () => {
      const world = waiting([{ soak: "24h" }, approval]);
      does(world, under(demanding), step.by("carol", step.approve("prod-1")), step.apply(pipelineOf("dev", "prod")));
      expect(closed(world)).toEqual(["approval!"]);
    },
  ],
];
