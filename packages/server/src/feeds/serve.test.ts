import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { openRoleKeys } from "./keys.ts";
import { openRepository } from "./repository.ts";
import { feedFile } from "./serve.ts";

async function setUp() {
  const data = await mkdtemp(join(tmpdir(), "sluice-feeds-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const keys = await openRoleKeys({ folder: join(data, "keys"), app: "myapp" });
  const folder = join(data, "feeds");
  await writeFile(join(data, "secret.json"), "secret");
  return openRepository({ app: "myapp", folder, keys, clock: systemClock });
}

test("the timestamp is asked for again each time, the rest is kept", async () => {
  const repository = await setUp();
  const timestamp = await feedFile(repository, "metadata/timestamp.json");
  expect(timestamp?.headers).toEqual({ "content-type": "application/json", "cache-control": "no-cache" });
  for (const path of ["metadata/1.root.json", "metadata/1.snapshot.json", "metadata/1.targets.json"])
    expect((await feedFile(repository, path))?.headers["cache-control"]).toMatch(/immutable/);
});

test("a path may be percent-encoded", async () => {
  const repository = await setUp();
  await repository.publish(new Map([["releases/1.0.0+5.json", "x"]]));
  const hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  for (const name of ["1.0.0+5", "1.0.0%2B5"])
    expect(String((await feedFile(repository, `targets/releases/${hash}.${name}.json`))?.body)).toBe("x");
});

test.each([
  "",
  "metadata",
  "metadata/",
  "../secret.json",
  "metadata/../../secret.json",
  "%2e%2e%2fsecret.json",
  "metadata/%2e%2e/%2e%2e/secret.json",
  "/metadata/timestamp.json",
  "metadata//timestamp.json",
  "metadata/0.root.json",
  "metadata/2.root.json",
  "metadata/01.root.json",
  "metadata/1.root.json%00",
  "metadata/%",
  "metadata/root.json",
  `targets/channels/${"a".repeat(64)}.stable.json`,
  `targets/channels/${"a".repeat(64)}.${"x".repeat(300)}.json`,
])("there is nothing at %j", async (path) => {
  expect(await feedFile(await setUp(), path)).toBeUndefined();
});
