import { expect } from "vitest";
import { pipelineOf } from "../../testing/pipelines.ts";
import * as step from "../../testing/steps.ts";
import {
  approval,
  bob,
  closed,
  commit,
  does,
  entered,
  force,
  git,
  items,
  looked,
  onMain,
  type Pair,
  passed,
  scan,
  share,
  slow,
  waiting,
} from "./waiting.testing.ts";

/** What people, CI, clients and repositories answer, with each other and with what happens. */
export const pairsOfAnswers: readonly Pair[] = [
  [
    "approval",
    "*pipeline-change",
    "a changed pipeline voids what was approved; the soak goes on",
    () => {
      const world = waiting([{ soak: "24h" }, approval]);
      const loosened = pipelineOf("dev", { name: "prod", gates: [{ soak: "12h" }, approval] });
      does(world, bob, step.passing("13h"), step.apply(loosened));
      expect(closed(world)).toEqual(["approval"]);
      does(world, bob);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "approval",
    "check",
    "a check that fails and then passes needs no other approval",
    () => {
      const world = waiting([approval, scan]);
      does(world, step.report("1.0.0", "scan", "fail"), bob);
      expect(closed(world)).toEqual(["check"]);
      does(world, passed);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "approval",
    "*supersede",
    "an approval is of one release: a newer one takes the place only with its own",
    () => {
      const world = waiting([approval], { ...slow, "when-newer": "supersede" });
      does(world, bob, step.publish("1.1.0"));
      expect(entered(world)).toBe("1.0.0");
      does(world, step.by("bob", step.approve("prod-2")));
      expect(entered(world)).toBe("1.1.0");
      // Asked for again, it needs a new one.
      does(world, step.abort("prod-2"));
      expect(closed(world)).toEqual(["approval"]);
    },
  ],
  [
    "approval",
    "*promote-on",
    "a tag approves nothing, and who asked by hand in place of the tag does not approve",
    () => {
      const world = waiting([approval], { "promote-on": { tag: "v*" } });
      does(world, step.forge({ kind: "tag", tag: "v1.0.0", commit }));
      expect(closed(world)).toEqual(["approval"]);
      const asked = waiting([approval], { "promote-on": { tag: "v*" } });
      does(asked, step.by("bob", step.promote("1.0.0", "prod")));
      expect(asked.take(step.approve("prod-1"), "bob")).toMatchObject({ rejected: true });
    },
  ],
  [
    "checklist",
    "*supersede",
    "a newer release takes the place only with its own ticks; those of the older count when it is asked for again",
    () => {
      const world = waiting([items], { ...slow, "when-newer": "supersede" });
      does(world, looked(), step.publish("1.1.0"));
      expect(entered(world)).toBe("1.0.0");
      does(world, looked("1.1.0"));
      expect(entered(world)).toBe("1.1.0");
      does(world, step.withdraw("1.1.0"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "checklist",
    "check",
    "of one name in one stage, the stage says that the item is meant, and neither stands for the other",
    () => {
      const same = { checklist: [{ id: "scan", title: "Somebody scanned" }] };
      const world = waiting([same, scan]);
      does(world, step.report("1.0.0", "scan", "pass", { stage: "prod" }));
      expect(closed(world)).toEqual(["check"]);
      does(world, passed);
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "checklist",
    "*pipeline-change",
    "what the server answered for the pipeline before says nothing for the new one; a person's tick stays",
    () => {
      const asked = {
        checklist: [...items.checklist, { id: "ping", title: "It answers", http: { url: "http://x/" } }],
      };
      const world = waiting([{ soak: "1h" }, asked]);
      does(world, looked(), step.probed("prod-1", "ping"), step.passing("30m"));
      const changed = pipelineOf("dev", { name: "prod", gates: [{ soak: "2m" }, asked] });
      does(world, step.apply(changed));
      expect(closed(world)).toEqual(["checklist"]);
      does(world, step.probed("prod-1", "ping"));
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "check",
    "*rollout",
    "a pass that goes stale during the rollout holds the exposure until a new one is reported",
    () => {
      const world = waiting([scan], slow);
      does(world, passed, step.passing("72h"));
      expect(share(world)).toBe(1_000);
      does(world, passed);
      expect(share(world)).toBe(10_000);
    },
  ],
  [
    "min-clients",
    "*supersede",
    "clients of the newer release in the stage before say nothing of the older",
    () => {
      const world = waiting([{ "min-clients": 3 }]);
      does(world, step.publish("1.1.0"), step.reported({ stage: "dev", version: "1.1.0", healthy: 3 }));
      expect(entered(world)).toBe("1.1.0");
      expect(closed(world)).toContain("min-clients");
    },
  ],
  [
    "tested-in",
    "*withdraw",
    "a release that was tested and then withdrawn enters nowhere, whoever overrides",
    () => {
      const world = waiting([{ "tested-in": { stages: ["dev"], for: "24h" } }, approval]);
      does(world, step.passing("24h"), step.withdraw("1.0.0"));
      expect(entered(world)).toBeUndefined();
      expect(
        world.take({ type: "RequestPromotion", version: "1.0.0", stage: "prod", override: "now", policies: true }),
      ).toMatchObject({ code: "RELEASE_WITHDRAWN" });
    },
  ],
  [
    "tested-in",
    "*rollback",
    "time in a test stage before a rollback there does not count",
    () => {
      const world = waiting([{ "tested-in": { stages: ["dev"], for: "24h" } }]);
      does(world, step.passing("23h"), { type: "RecallRollout", id: "dev-1", reason: "odd" });
      does(world, step.promote("1.0.0", "dev", "again"), step.passing("23h"));
      expect(closed(world)).toEqual(["tested-in"]);
    },
  ],
  [
    "git",
    "*supersede",
    "what the repository says of the older release opens nothing for the newer",
    () => {
      const world = waiting([git], { ...slow, "when-newer": "supersede" });
      does(world, onMain("prod-1"), step.publish("1.1.0", { commit }));
      expect(entered(world)).toBe("1.0.0");
      expect(closed(world, "1.1.0")).toEqual(["git"]);
      does(world, onMain("prod-2"));
      expect(entered(world)).toBe("1.1.0");
    },
  ],
  [
    "git",
    "*override",
    "an override passes over a repository that said nothing yet",
    () => {
      const world = waiting([git]);
      does(world, force());
      expect(entered(world)).toBe("1.0.0");
    },
  ],
  [
    "no-issues",
    "*override",
    "an override passes over an issue that is open, and over one that is opened during the rollout",
    () => {
      const world = waiting([{ "no-issues": {} }, approval], slow);
      does(world, step.openIssue("1.0.0"), force());
      expect(entered(world)).toBe("1.0.0");
      does(world, step.openIssue("1.0.0"), step.passing("48h"));
      expect(share(world)).toBe(10_000);
    },
  ],
  [
    "no-issues",
    "*supersede",
    "an issue of the release in progress does not keep the newer one from taking its place",
    () => {
      const world = waiting([{ "no-issues": {} }], { ...slow, "when-newer": "supersede", "on-failure": "pause" });
      does(world, step.openIssue("1.0.0"), step.publish("1.1.0"));
      expect(entered(world)).toBe("1.1.0");
    },
  ],
];
