import { describe, expect, test } from "vitest";
import { evolve } from "../application/evolve.ts";
import { emptyHead } from "../log/chain.ts";
import { sha256Hex } from "../log/digest.ts";
import type { Component } from "../release/manifest.ts";
import { manifestDigest } from "../release/manifest.ts";
import { clientOn } from "../testing/feeds.ts";
import { manifestOf } from "../testing/manifests.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { buildFeeds } from "./build.ts";
import { decideUpdate } from "./decide-update.ts";
import type { Feed } from "./feed.ts";

const dev = pipelineOf("dev");
const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });

function feedIn(world: World, channel = "dev"): Feed {
  const feed = buildFeeds(world.state, world.log.at(-1) ?? emptyHead).find(
    (candidate) => candidate.channel === channel,
  );
  if (feed === undefined) throw new Error(`there is no feed ${channel}`);
  return feed;
}

const versionsOf = (feed: Feed) => feed.releases.map(({ version }) => version);
const publishAll = (...versions: string[]) => versions.flatMap((version) => [step.publish(version), step.caughtUp]);

test("there is a feed for each stage, also where nothing is live; it names the log that it follows from", () => {
  const { world } = given(pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }), ...publishAll("1.0.0"));
  const head = world.log.at(-1);
  expect(feedIn(world)).toEqual({
    app: "myapp",
    channel: "dev",
    live: "1.0.0",
    releases: [
      { version: "1.0.0", exposure: { basisPoints: 10_000, salt: "" }, manifest: manifestDigest(manifestOf("1.0.0")) },
    ],
    away: [],
    checkSeconds: 21_600,
    log: { seq: head?.seq, hash: head?.hash },
  });
  expect(feedIn(world, "beta")).toMatchObject({ channel: "beta", releases: [], away: [] });
  expect(feedIn(world, "beta")).not.toHaveProperty("live");
});

test("what rolls out is offered as far as it is exposed, beside what is live", () => {
  const { world } = given(stepped, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"));
  expect(feedIn(world)).toMatchObject({
    live: "1.0.0",
    releases: [
      { version: "1.0.0", exposure: { basisPoints: 10_000 } },
      { version: "1.1.0", exposure: { basisPoints: 1_000, salt: "myapp dev-2 1.1.0" } },
    ],
  });
});

test("what was rolled back is away, and not offered; until an override brings it again", () => {
  const { world } = given(
    stepped,
    step.publish("1.0.0"),
    step.passing("2h"),
    step.publish("1.1.0"),
    step.rollBack("dev"),
  );
  expect(feedIn(world)).toMatchObject({ live: "1.0.0", away: ["1.1.0"], releases: [{ version: "1.0.0" }] });
  world.must(step.promote("1.1.0", "dev", "the monitor was wrong"));
  expect(feedIn(world)).toMatchObject({ away: [], releases: [{ version: "1.0.0" }, { version: "1.1.0" }] });
});

test("what was withdrawn is away wherever it was offered, also when it was not live any more", () => {
  const { world } = given(dev, ...publishAll("1.0.0", "1.1.0", "1.2.0"), step.withdraw("1.1.0"));
  expect(feedIn(world)).toMatchObject({ live: "1.2.0", away: ["1.1.0"] });
  expect(decideUpdate(feedIn(world), clientOn("1.1.0"))).toMatchObject({
    kind: "update",
    mandatory: true,
    release: { version: "1.2.0" },
  });
});

test("what was withdrawn is not offered even before the stage has gone back", () => {
  const { world } = given(dev, ...publishAll("1.0.0"));
  const data = { version: "1.0.0", reason: "leaks" };
  const withdrawn = evolve(world.state, {
    type: "ReleaseWithdrawn",
    data,
    seq: world.state.seq + 1,
    at: world.now,
    actor: "alice",
  });
  const [feed] = buildFeeds(withdrawn, emptyHead);
  expect(feed).toMatchObject({ releases: [], away: ["1.0.0"] });
  expect(feed).not.toHaveProperty("live");
});

test("a rollback to an older release takes those between away, too", () => {
  const { world } = given(dev, ...publishAll("1.0.0", "1.1.0", "1.2.0"), step.rollBack("dev", "1.0.0"));
  expect(feedIn(world)).toMatchObject({ live: "1.0.0", away: ["1.1.0", "1.2.0"] });
});

describe("stepping stones", () => {
  const chain = [
    ...publishAll("1.0.0", "1.1.0"),
    step.publish("2.0.0", { minimumVersion: "1.1.0" }),
    step.caughtUp,
    step.publish("3.0.0", { minimumVersion: "2.0.0" }),
    step.caughtUp,
  ];

  test("are offered to everybody, as far down as they are needed", () => {
    expect(versionsOf(feedIn(given(dev, ...chain).world))).toEqual(["1.1.0", "2.0.0", "3.0.0"]);
  });

  test("are not what was withdrawn or never was rolled out here", () => {
    expect(versionsOf(feedIn(given(dev, ...chain, step.withdraw("2.0.0")).world))).toEqual(["3.0.0"]);
    const beta = given(
      pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }),
      ...chain,
      step.passing("2h"),
    ).world;
    expect(versionsOf(feedIn(beta, "beta"))).toEqual(["3.0.0"]);
  });
});

test("how long a mandatory release may be put off stands beside it, also in the releases after it", () => {
  const { world } = given(
    dev,
    ...publishAll("1.0.0"),
    step.publish("1.1.0", { mandatory: true, mandatoryWithinSeconds: 3_600 }),
    step.caughtUp,
    step.publish("1.2.0"),
    step.caughtUp,
  );
  expect(feedIn(world).releases).toMatchObject([
    { version: "1.2.0", mandatoryBelow: "1.1.0", mandatoryWithinSeconds: 3_600 },
  ]);
});

describe("mandatory", () => {
  const past = [...publishAll("1.0.0"), step.publish("1.1.0", { mandatory: true }), step.caughtUp];

  test("is not undone by a later optional release", () => {
    expect(feedIn(given(dev, ...past, ...publishAll("1.2.0")).world).releases).toMatchObject([
      { version: "1.2.0", mandatoryBelow: "1.1.0" },
    ]);
  });

  test("is not undone where the later release overtook it", () => {
    const { world } = given(
      pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }),
      ...past,
      ...publishAll("1.2.0"),
      step.later("1h"),
      step.caughtUp,
    );
    expect(feedIn(world, "beta").releases).toMatchObject([{ version: "1.2.0", mandatoryBelow: "1.1.0" }]);
  });

  test("ends with the release's withdrawal, and does not reach back", () => {
    expect(
      feedIn(given(dev, ...past, ...publishAll("1.2.0"), step.withdraw("1.1.0")).world).releases[0],
    ).not.toHaveProperty("mandatoryBelow");
    expect(feedIn(given(dev, ...past, step.rollBack("dev")).world).releases[0]).not.toHaveProperty("mandatoryBelow");
  });
});

describe("platforms", () => {
  const component = (name: string, platform?: string): Component => ({
    name,
    kind: "file",
    sha256: sha256Hex(name),
    size: 1,
    ...(platform === undefined ? {} : { platform }),
  });
  const released = (...components: Component[]) =>
    feedIn(given(dev, step.publish("1.0.0", { components })).world).releases[0]?.platforms;

  test("are those that components name; none named: every one", () => {
    expect(released(component("app"))).toBeUndefined();
    expect(released(component("app", "linux-x64"), component("app", "darwin-arm64"))).toEqual([
      "darwin-arm64",
      "linux-x64",
    ]);
  });

  test("a part that runs everywhere does not bring the rest with it", () => {
    expect(released(component("backend", "linux-x64"), component("frontend"))).toEqual(["linux-x64"]);
  });
});
