import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFeeds } from "../feed/build.ts";
import { emptyHead } from "../log/chain.ts";
import { histories, pipelines } from "../testing/histories.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { World } from "../testing/world.ts";
import { rfc3339 } from "../time/instant.ts";
import { historyOf } from "../views/history.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";
import { nextDue } from "./next-due.ts";
import { stageOf } from "./state.ts";

const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "8h" }, { to: "100%" }] } });
const dev = pipelineOf("dev");
const two = [step.publish("1.0.0"), step.passing("9h"), step.publish("1.1.0"), step.passing("9h")];
const three = [...two, step.publish("1.2.0"), step.passing("9h")];
const advance = { type: "Advance", measurements: [] } as const;
const hour = 3_600_000;

function feedOf(world: World) {
  const [feed] = buildFeeds(world.state, world.log.at(-1) ?? emptyHead);
  if (feed === undefined) throw new Error("there is no feed");
  return feed;
}
const shares = (world: World) => feedOf(world).sentBack?.map(({ version, basisPoints }) => [version, basisPoints]);

describe("a staged rollback", () => {
  test("offers the release to nobody new from the first moment, and sends back the first step", () => {
    const { world, when } = given(stepped, ...two);
    const salt = `myapp dev back ${world.state.seq}`;
    const staged = {
      steps: [
        { to: 1_000, afterMs: 0 },
        { to: 10_000, afterMs: 8 * hour },
      ],
      salt,
    };
    when(step.rollBackStaged("dev")).thenFacts(fact("PromotionRolledBack", { version: "1.1.0", to: "1.0.0", staged }));
    expect(feedOf(world)).toMatchObject({
      live: "1.0.0",
      releases: [{ version: "1.0.0" }],
      away: ["1.1.0"],
      sentBack: [{ version: "1.1.0", basisPoints: 1_000, salt }],
    });
  });

  test("is told by why, history and status: how many are sent back, and when it will be more", () => {
    const { world } = given(dev, ...two, step.rollBackStaged("dev"), step.feedsPublished);
    const wayBack = { basisPoints: 2_500, next: rfc3339(world.now + 6 * hour) };
    const why = () => explain(world.state, { version: "1.1.0", stage: "dev" }, [], world.now);
    expect(why()).toMatchObject({
      wayBack,
      summary:
        "1.1.0 was rolled back in dev: it harms; 25% of the clients that have it are sent back, more of them in 6h",
    });
    expect(historyOf(world.state, { version: "1.1.0" })).toMatchObject([{ status: "rolled-back", wayBack }]);
    expect(statusOf(world.state, [], world.now).stages[0]).toMatchObject({ wayBack });
    world.pass(48 * hour);
    expect(why()).not.toHaveProperty("wayBack");
    expect(historyOf(world.state, { version: "1.1.0" })[0]).not.toHaveProperty("wayBack");
  });

  test("sends more back once the share before was published and held, until it is everybody", () => {
    const { world, when } = given(dev, ...two, step.rollBackStaged("dev"), step.feedsPublished);
    const published = world.now;
    expect(nextDue(world.state, [], world.now)).toBe(published + 6 * hour);
    world.now = published + 6 * hour - 1;
    when(advance).thenNothing();
    world.now += 1;
    when(advance).thenFacts(fact("WayBackRaised", { stage: "dev", versions: ["1.1.0"], from: 2_500, to: 5_000 }));
    world.now += 24 * hour;
    when(advance).thenNothing();
    world.pass(6 * hour);
    expect(shares(world)).toEqual([["1.1.0", 7_500]]);
    world.pass(6 * hour);
    expect(feedOf(world)).not.toHaveProperty("sentBack");
    expect(feedOf(world).away).toEqual(["1.1.0"]);
    expect(stageOf(world.state, "dev").wayBack).toBeUndefined();
    expect(world.log.filter(({ type }) => type === "WayBackRaised")).toHaveLength(3);
  });

  test("goes on in a frozen stage", () => {
    const { world } = given(dev, ...two, step.rollBackStaged("dev"), step.freeze("dev"), step.passing("7h"));
    expect(shares(world)).toEqual([["1.1.0", 5_000]]);
  });

  test("takes several releases back as one", () => {
    const { world } = given(dev, ...three, step.rollBackStaged("dev", "1.0.0"));
    expect(shares(world)).toEqual([
      ["1.1.0", 2_500],
      ["1.2.0", 2_500],
    ]);
    const rolling = given(stepped, ...two, step.publish("1.2.0"), step.rollBackStaged("dev", "1.0.0")).world;
    expect(shares(rolling)).toEqual([
      ["1.1.0", 1_000],
      ["1.2.0", 1_000],
    ]);
  });

  test.each([
    ["the withdrawal of what was rolled back", [step.withdraw("1.2.0")], ["1.2.0"]],
    ["the withdrawal of what it goes back to", [step.withdraw("1.1.0")], ["1.1.0", "1.2.0"]],
    ["another rollback", [step.rollBack("dev")], ["1.1.0", "1.2.0"]],
  ] as const)("is for everybody at once with %s", (_, steps, away) => {
    const { world } = given(dev, ...three, step.rollBackStaged("dev"), ...steps);
    expect(feedOf(world)).not.toHaveProperty("sentBack");
    expect(feedOf(world).away).toEqual(away);
    world.pass(48 * hour);
    expect(world.log.some(({ type }) => type === "WayBackRaised")).toBe(false);
  });

  test("ends for a release that is let in again", () => {
    const { world } = given(
      dev,
      ...two,
      step.rollBackStaged("dev"),
      step.promote("1.1.0", "dev", "it was the monitor"),
    );
    expect(feedOf(world)).not.toHaveProperty("sentBack");
    expect(feedOf(world).away).toEqual([]);
  });

  test("never tells a client that it sent back to stay", () => {
    fc.assert(
      fc.property(pipelines, histories, (pipeline, moves) => {
        const world = new World(pipeline);
        let before = buildFeeds(world.state, emptyHead);
        world.onTaken = () => {
          const feeds = buildFeeds(world.state, emptyHead);
          for (const feed of feeds) {
            const earlier = before.find(({ channel }) => channel === feed.channel);
            for (const { version, basisPoints, salt } of feed.sentBack ?? []) {
              expect(feed.away).toContain(version);
              if (earlier?.away.includes(version) !== true) continue;
              const known = earlier.sentBack?.find((entry) => entry.version === version);
              expect(known?.salt).toBe(salt);
              expect(basisPoints).toBeGreaterThanOrEqual(known?.basisPoints ?? 10_001);
            }
          }
          before = feeds;
        };
        for (const move of moves) move.make(world);
      }),
      { numRuns: 100 },
    );
  });
});
