import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { feedPath, feedSchema, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { openWorld, type World } from "@sluice/updater/testing/world.ts";
import { openUpdater } from "@sluice/updater/updater.ts";
import { openTrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";
import { expect, onTestFinished, test } from "vitest";
import { serveFeeds, setClock, temporaryFolder } from "../signed-feeds/fixture.ts";
import { openApp } from "../signed-feeds/fixture-data.ts";

/** An installation whose feeds are signed by the server's own code and verified by the updater's. */
async function signedWorld() {
  const world = await openWorld();
  onTestFinished(() => world.end());
  const repository = await openApp(await temporaryFolder(), "myapp", setClock());
  const sign = async () => repository.publish(await targetsOf(world));
  await sign();
  const server = await serveFeeds(repository, "myapp");
  const pinnedRoot = join(await temporaryFolder(), "root.json");
  await writeFile(pinnedRoot, repository.rootJson());
  const folder = join(world.folder, "trusted");
  const updater = await openUpdater({
    ...world.options,
    trustedFeeds: () => openTrustedFeeds({ app: "myapp", baseUrl: server.url, pinnedRoot, folder }),
  });
  return { world, server, sign, updater };
}

async function targetsOf(world: World): Promise<Map<string, string>> {
  const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, world.stub.url))).json();
  const feed = feedSchema.parse(await get("feed.json"));
  const manifests = await Promise.all(
    feed.releases.map(
      async ({ version }) =>
        [manifestPath(version), canonicalJson(await get(`releases/${encodeURIComponent(version)}.json`))] as const,
    ),
  );
  return new Map([[feedPath("stable"), canonicalJson(feed)], ...manifests]);
}

test("signed releases are installed, and a signed rollback is obeyed", async () => {
  const { world, sign, updater } = await signedWorld();
  for (const version of ["1.0.0", "2.0.0"]) {
    world.release(version);
    await sign();
    expect(await updater.update()).toMatchObject({ kind: "completed", version });
  }
  world.stub.away = ["2.0.0"];
  world.stub.live = "1.0.0";
  world.stub.offer({ version: "1.0.0", rollback: true });
  await sign();
  expect(await updater.update()).toMatchObject({ kind: "completed", version: "1.0.0", from: "2.0.0" });
  expect(await world.running()).toMatchObject({ version: "1.0.0" });
});

test("an offer that is not signed, or whose signed data was changed, is refused; the old version runs on, and the server is told", async () => {
  const { world, server, sign, updater } = await signedWorld();
  world.release("1.0.0");
  await sign();
  await updater.update();
  const before = await world.running();
  world.release("2.0.0");
  await expect(updater.update(), "not signed yet").rejects.toMatchObject({ code: "OFFER_REFUSED" });

  await sign();
  server.intercept = (path, response) => {
    if (!path.startsWith("targets/channels/")) return false;
    response.end("{}");
    return true;
  };
  await expect(updater.update(), "changed on the way").rejects.toMatchObject({ code: "UNTRUSTED" });
  await expect(updater.update()).rejects.toMatchObject({ code: "UNTRUSTED" });

  expect(await world.running()).toEqual(before);
  await updater.sendReports();
  const failed = world.stub.reports.filter(({ status }) => status === "failed");
  expect(
    failed.map(({ version, details }) => [version, details.code]),
    "once",
  ).toEqual([["2.0.0", "UNTRUSTED"]]);
});
