import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { signedFeeds } from "./publisher.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sluice-signing-"));
});
afterEach(() => rm(dir, { recursive: true }));

const open = () => signedFeeds({ keys: join(dir, "keys"), feeds: join(dir, "feeds") }, systemClock);
const targets = new Map([["channels/dev.json", "{}"]]);

test("each application has keys and feeds of its own, and is renewed once something is published", async () => {
  const feeds = open();
  expect(feeds.nextRenewal("shop")).toBeUndefined();
  await feeds.publish("shop", targets);
  await feeds.publish("store", targets);
  expect(feeds.nextRenewal("shop")).toBeGreaterThan(Date.now());
  expect((await readdir(join(dir, "keys"))).sort()).toEqual(["shop", "store"]);
  const [shop, store] = await Promise.all([feeds.repository("shop"), feeds.repository("store")]);
  expect(shop.rootJson()).not.toBe(store.rootJson());
  expect(await shop.read("metadata/1.root.json")).toBeDefined();
});

test("what is asked for twice at once is opened once", async () => {
  const feeds = open();
  const [a, b] = await Promise.all([feeds.repository("shop"), feeds.repository("shop")]);
  expect(a).toBe(b);
});

test("what could not be opened is tried again", async () => {
  await writeFile(join(dir, "keys"), "in the way");
  const feeds = open();
  await expect(feeds.publish("shop", targets)).rejects.toMatchObject({ code: "SIGNING_FAILED" });
  await rm(join(dir, "keys"));
  await feeds.publish("shop", targets);
});
