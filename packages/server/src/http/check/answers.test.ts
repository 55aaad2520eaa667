import { initialState } from "@sluice/core/application/state.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { isExposed } from "@sluice/core/rollout/bucket.ts";
import { expect, test } from "vitest";
import { Answers } from "./answers.ts";
import type { Ask } from "./ask.ts";

const digest = "0".repeat(64);
const component = { name: "program", kind: "file" as const, sha256: digest, size: 1 };
const release = (version: string) => ({
  version,
  manifest: { app: "shop", version, components: [component] },
  digest,
  publishedAt: 0,
  publishedBy: "ci",
});
const initial = initialState("shop");
const releases = initial.releases.set("1.0.0", release("1.0.0")).set("2.0.0", release("2.0.0"));
const state = { ...initial, releases };
const feed: Feed = {
  app: "shop",
  channel: "dev",
  live: "1.0.0",
  releases: [
    { version: "1.0.0", exposure: { basisPoints: 10_000, salt: "" }, manifest: digest },
    { version: "2.0.0", exposure: { basisPoints: 5_000, salt: "salt" }, manifest: digest },
  ],
  away: [],
  checkSeconds: 60,
  log: { seq: 1, hash: digest },
};
const ask: Ask = {
  app: "shop",
  channel: "dev",
  clientId: undefined,
  version: undefined,
  platform: undefined,
  attributes: [],
  ifNoneMatch: undefined,
};

function versionFor(answers: Answers, served: { feed: Feed; generation: object }, more: Partial<Ask>): unknown {
  const answer = answers.get({ ...ask, ...more }, served, () => state);
  return "body" in answer ? JSON.parse(answer.body).version : answer;
}

test("who is exposed is who the core says, and whoever does not say who it is gets what everybody gets", () => {
  const answers = new Answers();
  const served = { feed, generation: {} };
  const exposure = { basisPoints: 5_000, salt: "salt" };
  const clients = Array.from({ length: 200 }, (_, i) => `client-${i}`);
  for (const clientId of clients)
    expect(versionFor(answers, served, { clientId })).toBe(isExposed(exposure, clientId) ? "2.0.0" : "1.0.0");
  expect(clients.filter((clientId) => isExposed(exposure, clientId)).length).toSatisfy(
    (n: number) => n > 50 && n < 150,
  );
  expect(versionFor(answers, served, {})).toBe("1.0.0");
});

test("who is sent back by and by is who the core says, whoever asked before", () => {
  const answers = new Answers();
  const sent = { version: "2.0.0", basisPoints: 5_000, salt: "back" };
  const back: Feed = { ...feed, releases: feed.releases.slice(0, 1), away: ["2.0.0"], sentBack: [sent] };
  const served = { feed: back, generation: {} };
  const clients = Array.from({ length: 200 }, (_, i) => `client-${i}`);
  for (const clientId of clients)
    expect(versionFor(answers, served, { clientId, version: "2.0.0" })).toBe(
      isExposed(sent, clientId) ? "1.0.0" : undefined,
    );
  // Whoever does not say who it is goes with the last.
  expect(versionFor(answers, served, { version: "2.0.0" })).toBeUndefined();
});

test("the same ask gets the very same answer until the feed is another", () => {
  const answers = new Answers();
  const generation = {};
  const first = answers.get(ask, { feed, generation }, () => state);
  expect(answers.get({ ...ask }, { feed, generation }, () => state)).toBe(first);
  expect(answers.get(ask, { feed, generation: {} }, () => state)).not.toBe(first);
});

test("what is kept is bounded, however many different things are asked", () => {
  const answers = new Answers();
  const generation = {};
  const first = answers.get(ask, { feed, generation }, () => state);
  for (let i = 0; i < 2_000; i++) versionFor(answers, { feed, generation }, { version: `0.0.${i}` });
  expect(answers.get(ask, { feed, generation }, () => state)).not.toBe(first);
});

test("the size of everything that is kept is bounded, over all channels", () => {
  const answers = new Answers();
  const attributes = Array.from({ length: 32 }, (_, i) => [`name-${i}`, "x".repeat(256)]).flat();
  let largest = 0;
  for (let i = 0; i < 10_000; i++) {
    const generation = i % 20 === 0 ? {} : { i };
    versionFor(answers, { feed, generation }, { version: `0.0.${i}`, attributes });
    largest = Math.max(largest, answers.size);
  }
  expect(largest).toBeGreaterThan(10 * 1024 * 1024);
  expect(largest).toBeLessThanOrEqual(32 * 1024 * 1024);
});
