import { readdir } from "node:fs/promises";
import { manifestDigest } from "@sluice/core/release/manifest.ts";
import { expect, test } from "vitest";
import { dayMs, openClient, setClock, setUp } from "./fixture.ts";
import { feedOf, manifestOf, openApp, targetsOf } from "./fixture-data.ts";

test("a client gets what was signed, and what is signed later", async () => {
  const { client, repository } = await setUp(["1.0.0"]);
  await client.refresh();
  expect(await client.feed("stable")).toEqual(feedOf(["1.0.0"]));
  expect(await client.manifest("1.0.0", manifestDigest(manifestOf("1.0.0")))).toEqual(manifestOf("1.0.0"));

  await repository.publish(targetsOf(["1.0.0", "2.0.0-beta.1+build.5"]));
  await client.refresh();
  expect(await client.feed("stable")).toEqual(feedOf(["1.0.0", "2.0.0-beta.1+build.5"]));
  const digest = manifestDigest(manifestOf("2.0.0-beta.1+build.5"));
  expect((await client.manifest("2.0.0-beta.1+build.5", digest)).version).toBe("2.0.0-beta.1+build.5");
});

test("while nothing is new, a check costs two small requests", async () => {
  const { client, server } = await setUp(["1.0.0"]);
  await client.feed("stable");
  server.asked.length = 0;
  await client.refresh();
  await client.feed("stable");
  expect(server.asked).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
});

test("refreshes at the same time are one", async () => {
  const { client, server } = await setUp(["1.0.0"]);
  await Promise.all([client.refresh(), client.feed("stable"), client.refresh()]);
  expect(server.asked.filter((path) => path === "metadata/timestamp.json")).toHaveLength(1);
});

test("a client that was off for a year and a half follows the roots that were renewed meanwhile", async () => {
  const clock = setClock(Date.now() - 500 * dayMs);
  const { data, client, server } = await setUp(["1.0.0"], clock);
  const repository = await openApp(data, "myapp", clock);
  server.repository = repository;
  while (repository.nextRenewal() <= Date.now()) {
    clock.at = repository.nextRenewal();
    await repository.renewIfDue();
  }
  await client.refresh();
  expect(await client.feed("stable")).toEqual(feedOf(["1.0.0"]));
  expect(server.asked).toContain("metadata/3.root.json");
});

test("the folder holds what was verified and nothing else, also for the next start", async () => {
  const { client, server, repository } = await setUp(["1.0.0"]);
  await client.refresh();
  expect((await readdir(client.folder)).sort()).toEqual([
    "pinned-root.json",
    "root.json",
    "snapshot.json",
    "targets.json",
    "timestamp.json",
  ]);
  const again = await openClient(server, repository.rootJson(), { folder: `${client.folder}/..` });
  expect(await again.feed("stable")).toEqual(feedOf(["1.0.0"]));
});
