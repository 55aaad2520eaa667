import type { Feed, FeedRelease } from "@sluice/core/feed/feed.ts";
import { expect, test } from "vitest";
import { judgeOffer } from "./judge.ts";

const release = (version: string, more: Partial<FeedRelease> = {}): FeedRelease => ({
  version,
  exposure: { basisPoints: 10_000, salt: "s" },
  manifest: "0".repeat(64),
  ...more,
});
const feed: Feed = {
  app: "myapp",
  channel: "stable",
  live: "2.0.0",
  releases: [release("2.0.0"), release("3.0.0", { exposure: { basisPoints: 0, salt: "s" } })],
  away: [],
  checkSeconds: 60,
  log: { seq: 0, hash: "0".repeat(64) },
};
const identity = { app: "myapp", clientId: "c", channel: "stable", platform: "linux-x64", attributes: {} };
const judge = (offered: string, installed: string | undefined, more: Partial<Feed> = {}) =>
  judgeOffer(offered, { ...feed, ...more }, identity, installed);
const refused = expect.objectContaining({ code: "OFFER_REFUSED" });

test("a listed, newer release is taken, also one that the feed exposes to nobody: the share is the server's to decide", () => {
  expect(judge("3.0.0", "1.0.0")).toMatchObject({ kind: "update" });
  expect(judge("2.0.0", undefined)).toMatchObject({ kind: "update" });
});

test("the server may hold the newest back, and offer one before it", () => {
  expect(judge("2.0.0", "1.0.0")).toMatchObject({ kind: "update", release: { version: "2.0.0" } });
});

test("what is not listed, or was taken back, is refused", () => {
  expect(() => judge("4.0.0", "1.0.0")).toThrow(refused);
  expect(() => judge("3.0.0", "1.0.0", { away: ["3.0.0"] })).toThrow(refused);
});

test("an older version is taken only when the feed sends this client back to it", () => {
  expect(() => judge("2.0.0", "3.0.0")).toThrow(refused);
  expect(judge("2.0.0", "3.0.0", { away: ["3.0.0"] })).toMatchObject({ kind: "rollback" });
  const older = [...feed.releases, release("1.0.0")];
  expect(() => judge("1.0.0", "3.0.0", { away: ["3.0.0"], releases: older }), "not the live one").toThrow(refused);
});

test("what does not run here is refused", () => {
  expect(() => judge("2.0.0", "1.0.0", { releases: [release("2.0.0", { platforms: ["darwin-arm64"] })] })).toThrow(
    refused,
  );
});
