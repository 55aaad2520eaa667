import { describe, expect, test } from "vitest";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import { emptyHead } from "../log/chain.ts";
import { placeOf } from "../rollout/bucket.ts";
import { noCounts, type ReleaseCounts } from "../rollout/evidence/counts.ts";
import { orderOf } from "../rollout/evidence/share.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { grantsOf } from "./grants.ts";
import { nextDue } from "./next-due.ts";
import type { AppState } from "./state.ts";

const hour = 3_600_000;
const rules = { soak: "0s", admission: "share" };
const only = (evidence: object = rules) => pipelineOf({ name: "dev", rollout: { evidence } });
const rolling = [step.publish("1.0.0"), step.feedsPublished];
const clients = Array.from({ length: 1_000 }, (_, i) => `client-${i}`);
/** As the first promotion of the test's application has it. */
const salt = "myapp dev-1 1.0.0";
const order = orderOf(
  Float64Array.from(clients, (id) => placeOf(salt, id)),
  0,
);

/** What was counted at a share of so many basis points that takes in so many of the clients. */
const counted = (basisPoints: number, under: number, counts: Partial<ReleaseCounts> = {}, of = order) =>
  step.advance({
    stage: "dev",
    version: "1.0.0",
    reached: 0,
    healthy: 0,
    failed: 0,
    rollout: {
      promotion: "dev-1",
      offers: {
        fleet: of.places.length,
        counts: { ...noCounts(3), ...counts },
        groups: [],
        offered: 0,
        offeredByGroup: {},
        expected: { order: of, under, basisPoints, askMs: 6.6 * hour },
      },
    },
  });
const healthy = (n: number) => ({ installed: n, settled: n, due: n, soaked: n });
const shareOf = (state: AppState) => state.promotions.get("dev-1")?.shares?.at(-1)?.basisPoints ?? 0;
const exposed = (state: AppState) => {
  const feed = buildFeeds(state, emptyHead)[0];
  if (feed === undefined) throw new Error("there is no feed");
  return clients.filter((id) => decideUpdate(feed, { id, attributes: {} }).kind === "update");
};

describe("a published share", () => {
  test("begins with exactly two of the clients that are known, who decide by the feed alone; nobody is let in by a grant", () => {
    const { world, when } = given(only(), ...rolling);
    expect(world.state.promotions.get("dev-1")).toMatchObject({ admission: "share", exposure: { basisPoints: 0 } });
    when(counted(0, 0)).thenFacts(fact("ExposureRaised", { id: "dev-1", from: 0 }));
    world.publishFeeds();
    expect(exposed(world.state)).toHaveLength(2);
    expect(grantsOf(world.state, [], world.now)).toEqual([]);
  });

  test("rises as evidence pays, takes the release from nobody, and stands until those whom it takes in are counted", () => {
    const { world, when } = given(only(), ...rolling, counted(0, 0), step.feedsPublished);
    const first = exposed(world.state);
    const share = shareOf(world.state);
    when(counted(share, 2, { installed: 2, inFlight: 2 })).thenNothing();
    when(counted(0, 0)).thenNothing();
    when(counted(share, 2, healthy(2))).thenFacts(fact("ExposureRaised", { id: "dev-1", from: share }));
    expect(shareOf(world.state), "not before the feed that says so is published").toBe(share);
    when(counted(share, 2, healthy(2))).thenNothing();
    world.publishFeeds();
    const second = exposed(world.state);
    expect(second, "two healthy clients pay for three at risk").toHaveLength(5);
    expect(second).toEqual(expect.arrayContaining(first));
    expect(world.state.promotions.get("dev-1")?.shares).toHaveLength(2);
  });

  test("rises by few where few are allowed, so that somebody is left to report", () => {
    const { world, when } = given(only(), ...rolling, counted(0, 0), step.feedsPublished);
    const share = shareOf(world.state);
    const doubted = { ...healthy(200), failed: 9, settledFailed: 9 };
    when(counted(share, 200, { ...doubted, installed: 400, inFlight: 200 })).thenNothing();
    when(counted(share, 200, doubted)).thenFacts(fact("ExposureRaised", { id: "dev-1", from: share }));
  });

  test("stays where it is while the rollout is paused, and falls with the release", () => {
    const { world, when } = given(only(), ...rolling, counted(0, 0), step.feedsPublished);
    const share = shareOf(world.state);
    world.must({ type: "PausePromotion", id: "dev-1", reason: "wait" });
    when(counted(share, 2, healthy(2))).thenNothing();
    expect(exposed(world.state)).toHaveLength(2);
    when(counted(share, 2, { ...healthy(2), failed: 2, settledFailed: 2 }));
    expect(world.state.promotions.get("dev-1")?.status).toBe("rolled-back");
    expect(exposed(world.state)).toEqual([]);
  });

  test("does not move where nobody knows how many clients there are", () => {
    given(only(), ...rolling)
      .when(counted(0, 0, {}, orderOf(new Float64Array(0), 0)))
      .thenNothing();
  });

  test("is everybody's once the limits are proved", () => {
    const { world } = given(only(), ...rolling, counted(0, 0), step.feedsPublished);
    expect(world.take(counted(shareOf(world.state), 900, healthy(900)))).toMatchObject({
      facts: [fact("ExposureRaised", { id: "dev-1", to: 10_000 })],
    });
  });

  test("of a fleet that is too small to prove anything is everybody's when all are well and have had time to ask", () => {
    const few = orderOf(order.places.slice(0, 3), 0);
    const { world } = given(only(), ...rolling, counted(0, 0, {}, few), step.feedsPublished);
    const all = () => counted(shareOf(world.state), 3, healthy(3), few);
    world.must(counted(shareOf(world.state), 2, healthy(2), few));
    world.publishFeeds();
    world.must(all());
    expect(shareOf(world.state)).toBeLessThan(10_000);
    const command = all();
    const due = nextDue(world.state, "measurements" in command ? command.measurements : [], world.now);
    expect(due).toBe(world.now + 12 * hour);
    world.now += 12 * hour;
    world.must(all());
    expect(world.state.promotions.get("dev-1")).toMatchObject({ exposure: { basisPoints: 10_000 } });
  });

  test("is kept to when the pipeline says something else in the middle of it", () => {
    const { world } = given(only(), ...rolling, counted(0, 0), step.feedsPublished);
    world.must({ type: "ApplyPipeline", pipeline: only({ soak: "0s" }), source: "" });
    expect(world.state.promotions.get("dev-1")?.admission).toBe("share");
    expect(exposed(world.state)).toHaveLength(2);
  });
});

describe("how clients are let in", () => {
  const stage = (rollout: object, targets: object[]) => () => pipelineOf({ name: "dev", rollout, targets } as never);
  const files = { static: { folder: "feeds" } };

  test("follows from the targets: by a share where the feed is served as files", () => {
    const { world } = given(stage({ evidence: {} }, [files])(), ...rolling);
    expect(world.state.promotions.get("dev-1")?.admission).toBe("share");
    const asked = given(stage({ evidence: {} }, [{ channel: {} }])(), ...rolling).world;
    expect(asked.state.promotions.get("dev-1")?.admission).toBeUndefined();
  });
});
