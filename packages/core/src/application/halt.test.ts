import { describe, expect, test } from "vitest";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import { emptyHead } from "../log/chain.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";

const halt = (id: string) => ({ type: "HaltRollout", id, reason: "it is odd" }) as const;
const recall = (id: string, reason = "it harms") => ({ type: "RecallRollout", id, reason }) as const;
const half = { steps: [{ to: "50%", hold: "1h" }, { to: "100%" }] };
const rolling = [step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"), step.caughtUp];

/** What clients get who have a version, of many ids. */
function offered(world: World, version: string): unknown[] {
  const [feed] = buildFeeds(world.state, emptyHead);
  if (feed === undefined) return [];
  const ids = Array.from({ length: 50 }, (_, i) => `client-${i}`);
  const decisions = ids.map((id) => decideUpdate(feed, { id, version, attributes: {} }));
  return [
    ...new Set(decisions.map((decision) => (decision.kind === "none" ? "nothing" : decision.release.version))),
  ].sort();
}

describe("a halted rollout", () => {
  test("is offered to nobody new, who has it keeps it, and it goes on when it is let", () => {
    const { world, when } = given(pipelineOf({ name: "dev", rollout: half }), ...rolling);
    expect(offered(world, "1.0.0")).toEqual(["1.1.0", "nothing"]);
    when(halt("dev-2")).thenFacts(fact("RolloutHalted", { id: "dev-2", version: "1.1.0", reason: "it is odd" }));
    expect(offered(world, "1.0.0")).toEqual(["nothing"]);
    expect(offered(world, "1.1.0")).toEqual(["nothing"]);
    world.pass(7_200_000);
    when(halt("dev-2")).thenNothing();
    world.must(step.resume("dev-2"));
    expect(offered(world, "1.0.0")).toEqual(["1.1.0", "nothing"]);
  });

  test("can have been paused before", () => {
    const { world, when } = given(pipelineOf({ name: "dev", rollout: half }), ...rolling, step.pause("dev-2"));
    when(halt("dev-2")).thenFacts(fact("RolloutHalted"));
    expect(offered(world, "1.0.0")).toEqual(["nothing"]);
  });

  test("must be under way", () => {
    given(pipelineOf("dev"), step.publish("1.0.0"), step.caughtUp)
      .when(halt("dev-1"))
      .thenRejected("PROMOTION_NOT_ACTIVE", /is complete/);
  });
});

describe("a recalled release", () => {
  test("goes back where it rolls out", () => {
    const { world, when } = given(pipelineOf({ name: "dev", rollout: half }), ...rolling);
    when(recall("dev-2")).thenFacts(fact("PromotionRolledBack", { id: "dev-2", to: "1.0.0", cause: "recalled" }));
    expect(offered(world, "1.1.0")).toEqual(["1.0.0"]);
  });

  test("goes back where it is live", () => {
    const { world, when } = given(pipelineOf({ name: "dev", rollout: half }), ...rolling, step.passing("2h"));
    when(recall("dev-2")).thenFacts(fact("PromotionRolledBack", { id: "dev-2", to: "1.0.0", cause: "recalled" }));
    expect(offered(world, "1.1.0")).toEqual(["1.0.0"]);
  });

  test("needs a reason, and must be where clients can have it from", () => {
    const { when } = given(pipelineOf({ name: "dev", rollout: half }), ...rolling, step.passing("2h"));
    when(recall("dev-2", " ")).thenRejected("REASON_REQUIRED", /--reason/);
    when(recall("dev-1")).thenRejected("PROMOTION_NOT_ACTIVE", /dev-1/);
  });
});

describe("where the pipeline has a stage no more", () => {
  const gone = step.apply(pipelineOf("dev"));
  test.each([halt, recall, step.pause, step.resume, step.abort])("nobody steers what is in it (%#)", (steer) => {
    const { when } = given(pipelineOf("dev", "prod"), step.publish("1.0.0"), step.caughtUp, gone);
    when(steer("prod-1")).thenRejected("STAGE_NOT_FOUND", /prod/);
  });
});
