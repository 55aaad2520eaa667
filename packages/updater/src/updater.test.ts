import { readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layoutOf } from "./disk/layout.ts";
import { systemClock } from "./ports/clock.ts";
import { stopRun } from "./program/stop-run.ts";
import { programOf } from "./testing/program.ts";
import { openWorld, type World } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

let world: World;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(() => world.end());

const reported = () => world.stub.reports.map(({ version, status }) => `${version} ${status}`);

test("a successful update runs, is current, and is reported only then", async () => {
  world.release("2.4.1");
  const updater = await openUpdater(world.options);

  const result = await updater.update();

  expect(result).toEqual({ kind: "completed", version: "2.4.1" });
  expect(await readlink(join(world.folder, "current"))).toBe("versions/2.4.1");
  expect(await world.running()).toMatchObject({ version: "2.4.1" });
  expect(await updater.sendReports()).toBe(true);
  expect(reported()).toEqual(["2.4.1 in-progress", "2.4.1 completed"]);
  const [begun, done] = world.stub.reports;
  expect(begun?.headers["x-current-version"]).toBeUndefined();
  expect(done?.headers).toMatchObject({
    "x-current-version": "2.4.1",
    "x-app": "myapp",
    "x-client-id": "machine-1",
    "x-channel": "stable",
    "x-platform": "linux-x64",
    "x-attribute-region": "eu",
    authorization: "Bearer secret",
  });
});

test("an unhealthy version is taken back, the old one runs and is healthy, and one report says so", async () => {
  world.release("2.4.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  world.release("2.4.1", "broken");

  const result = await updater.update();

  expect(result).toMatchObject({ kind: "rolled-back", version: "2.4.1", to: "2.4.0", code: "HEALTH_CHECK_FAILED" });
  expect(await world.running()).toMatchObject({ version: "2.4.0" });
  expect((await updater.status()).installed).toBe("2.4.0");
  await updater.sendReports();
  expect(reported().slice(2)).toEqual(["2.4.1 in-progress", "2.4.1 rolled-back"]);
  expect(world.stub.reports.at(-1)?.details).toMatchObject({ from: "2.4.0", code: "HEALTH_CHECK_FAILED" });
});

test("an offer that somebody only asked for is given back, once however often it is asked for before that is sent", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);

  await updater.check();
  await updater.check();

  await updater.sendReports();
  expect(reported()).toEqual(["1.0.0 deferred"]);
  await updater.update();
  await updater.sendReports();
  expect(reported()).toEqual(["1.0.0 deferred", "1.0.0 in-progress", "1.0.0 completed"]);
});

test("what was rolled back here is not tried again until the release or the configuration changes", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  world.release("1.1.0", "crashing");
  await updater.update();
  const fetched = world.stub.fetched.length;

  expect(await updater.update()).toMatchObject({ kind: "held", version: "1.1.0" });
  expect(await (await openUpdater(world.options)).check()).toMatchObject({ kind: "held" });
  expect(world.stub.fetched.length).toBe(fetched);

  expect(await (await openUpdater({ ...world.options, configuration: "other" })).check()).toMatchObject({
    kind: "update",
  });
  world.release("1.1.0", "good");
  expect(await updater.update()).toMatchObject({ kind: "completed", version: "1.1.0" });
});

test("a second update at the same time is refused", async () => {
  world.release("2.4.1");
  const updater = await openUpdater(world.options);

  const first = updater.update();
  await expect(updater.update()).rejects.toMatchObject({ code: "UPDATE_IN_PROGRESS" });
  await expect((await openUpdater(world.options)).update()).rejects.toMatchObject({ code: "UPDATE_IN_PROGRESS" });

  expect(await first).toMatchObject({ kind: "completed" });
});

test("a rollback that the server orders goes back, and reports both versions", async () => {
  world.release("2.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  world.release("3.0.0");
  await updater.update();
  world.stub.away = ["3.0.0"];
  world.stub.live = "2.0.0";
  world.stub.offer({ version: "2.0.0", rollback: true });
  const fetched = world.stub.fetched.length;

  expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0", from: "3.0.0" });

  expect(await world.running()).toMatchObject({ version: "2.0.0" });
  expect(world.stub.fetched.length, "it was still here, whole").toBe(fetched);
  await updater.sendReports();
  expect(reported().slice(-2)).toEqual(["3.0.0 rolled-back", "2.0.0 completed"]);
});

test("the server cannot make a client go back when the signed feed does not", async () => {
  world.release("2.0.0");
  world.release("3.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  world.stub.offer({ version: "2.0.0", rollback: true });

  await expect(updater.update()).rejects.toMatchObject({ code: "OFFER_REFUSED" });
  await updater.sendReports();
  expect(world.stub.reports.at(-1)).toMatchObject({ status: "deferred", details: { code: "OFFER_REFUSED" } });
  expect(await world.running()).toMatchObject({ version: "3.0.0" });
});

test("a rollback by hand goes to the version before, and that version is not left again by itself", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  await expect(updater.rollback("nothing there")).rejects.toMatchObject({ code: "NOTHING_TO_ROLL_BACK" });
  world.release("2.0.0");
  await updater.update();

  expect(await updater.rollback("customers complain")).toMatchObject({ kind: "completed", version: "1.0.0" });

  expect(await world.running()).toMatchObject({ version: "1.0.0" });
  expect(await updater.update()).toMatchObject({ kind: "held", version: "2.0.0" });
  await updater.sendReports();
  expect(world.stub.reports.find(({ status }) => status === "rolled-back")).toMatchObject({
    version: "2.0.0",
    details: { reason: "customers complain", to: "1.0.0" },
  });
});

test("a tampered component is refused, reported with its code, and the old version runs on undisturbed", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  const before = await world.running();
  world.release("2.0.0");
  world.stub.intercept = (request, response) => {
    if (!request.url?.includes("/blobs/")) return false;
    response.end(programOf("6.6.6"));
    return true;
  };

  const result = await updater.update();

  expect(result).toMatchObject({ kind: "failed", version: "2.0.0", code: "ARTIFACT_DIGEST_MISMATCH" });
  expect(await world.running()).toEqual(before);
  expect((await updater.status()).kept).toEqual(["1.0.0"]);
  await updater.sendReports();
  expect(world.stub.reports.at(-1)).toMatchObject({
    version: "2.0.0",
    status: "failed",
    details: { code: "ARTIFACT_DIGEST_MISMATCH" },
  });
});

test("the configured number of versions is kept, and always the current and the previous one", async () => {
  const updater = await openUpdater({ ...world.options, rollback: { ...world.options.rollback, keepVersions: 2 } });
  for (const version of ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]) {
    world.release(version);
    expect(await updater.update()).toMatchObject({ kind: "completed" });
  }
  expect((await updater.status()).kept.toSorted()).toEqual(["1.2.0", "1.3.0"]);
});

test("without automatic rollback an unhealthy version stays, and failed is reported", async () => {
  const updater = await openUpdater({
    ...world.options,
    rollback: { ...world.options.rollback, automatic: false },
  });
  world.release("1.0.0");
  await updater.update();
  world.release("2.0.0", "broken");

  expect(await updater.update()).toMatchObject({ kind: "failed", version: "2.0.0", code: "HEALTH_CHECK_FAILED" });
  expect(await world.running()).toMatchObject({ version: "2.0.0" });
  expect(await updater.rollback("unhealthy")).toMatchObject({ kind: "completed", version: "1.0.0" });
});

test("reports wait on disk for a server that does not answer, and go out in order later", async () => {
  world.release("1.0.0");
  world.stub.intercept = (request, response) => {
    if (!request.url?.endsWith("/status")) return false;
    response.writeHead(503, { "retry-after": "7" }).end();
    return true;
  };
  const updater = await openUpdater(world.options);
  await updater.update();
  expect(await updater.sendReports()).toBe(false);
  expect(updater.reportDelay()).toMatchObject({ ms: expect.toSatisfy((ms) => ms >= 7_000), asked: true });

  world.stub.intercept = undefined;
  const later = await openUpdater(world.options);
  expect((await later.status()).unsentReports).toBe(2);
  expect(await later.sendReports()).toBe(true);
  expect(reported()).toEqual(["1.0.0 in-progress", "1.0.0 completed"]);
});

test("a current link that somebody changed by hand is put right", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  await rm(join(world.folder, "current"));
  await symlink("/etc", join(world.folder, "current"));

  await updater.check();

  expect(await readlink(join(world.folder, "current"))).toBe("versions/1.0.0");
  await updater.sendReports();
  expect(world.stub.reports.at(-1)).toMatchObject({ version: "1.0.0", status: "altered" });
});

test("a journal that somebody edited is put aside: the link says what is installed, and the program runs on", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  const before = await world.running();
  await writeFile(join(world.folder, "journal.jsonl"), "not a journal\nat all\n");
  for (const name of ["holds.json", "choices.json", "status.json", "alterations.json"])
    await writeFile(join(world.folder, name), "edited");

  expect(await (await openUpdater(world.options)).check()).toMatchObject({ kind: "none" });

  expect(await updater.status()).toMatchObject({ installed: "1.0.0", kept: ["1.0.0"], state: "idle" });
  expect(await world.running()).toEqual(before);
  await updater.sendReports();
  expect(world.stub.reports.at(-1)).toMatchObject({
    status: "altered",
    details: { reason: expect.stringContaining("journal") },
  });
});

test("when the current version vanished and cannot be had again, the one before takes its place once its program has ended", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(world.options);
  await updater.update();
  world.release("2.0.0");
  await updater.update();
  await rm(join(world.folder, "versions", "2.0.0", "program"));

  world.stub.intercept = (request, response) => {
    if (!/blobs/.test(request.url ?? "")) return false;
    response.writeHead(503, { "retry-after": "3600" }).end();
    return true;
  };

  expect(await updater.check()).toMatchObject({ kind: "none" });
  expect(await world.running()).toMatchObject({ version: "2.0.0" });

  await stopRun(layoutOf(world.folder), systemClock, 2_000);
  expect(await updater.check()).toMatchObject({ kind: "update", version: "2.0.0" });
  expect((await updater.status()).installed).toBe("1.0.0");
  await updater.sendReports();
  expect(world.stub.reports.findLast(({ status }) => status === "altered")).toMatchObject({
    version: "1.0.0",
    details: { reason: "2.0.0 was damaged by hand and could not be put right; 1.0.0 takes its place" },
  });

  world.stub.intercept = undefined;
  expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0", from: "1.0.0" });
});

test("a hook is asked before and after each state; it puts the update off, and its no takes it back", async () => {
  world.release("1.0.0");
  const asked: string[] = [];
  let confirmed = 0;
  const updater = await openUpdater({
    ...world.options,
    hook: async ({ when, state, from = "nothing", to }) => {
      asked.push(`${when} ${state}`);
      if (when === "before" && state === "downloading" && asked.length === 1) return { retryAfterMs: 5 };
      expect([from, to]).toEqual(to === "1.0.0" ? ["nothing", "1.0.0"] : ["1.0.0", "2.0.0"]);
      return when === "after" && state === "confirming" && confirmed++ > 0 ? "back" : "go";
    },
  });
  expect(await updater.update()).toMatchObject({ kind: "completed" });
  const states = ["downloading", "installing", "preparing", "switching", "confirming", "finishing"];
  expect(asked).toEqual(["before downloading", ...states.flatMap((state) => [`before ${state}`, `after ${state}`])]);
  world.release("2.0.0");

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", to: "1.0.0", code: "HOOK_REFUSED" });

  expect(await world.running()).toMatchObject({ version: "1.0.0" });
});

test("a hook that puts an update off for too long ends it before anything is changed", async () => {
  world.release("1.0.0");
  const hook = async () => ({ retryAfterMs: 40 });
  const updater = await openUpdater({ ...world.options, hook, hookPatienceMs: 60 });
  expect(await updater.update()).toMatchObject({ kind: "failed", code: "HOOK_REFUSED" });
  expect((await updater.status()).installed).toBeNull();
});
