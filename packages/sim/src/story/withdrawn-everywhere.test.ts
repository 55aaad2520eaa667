import { stageOf } from "@sluice/core/application/state.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { expect, test } from "vitest";
import { World } from "../world/world.ts";

const source = "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n";

async function withTwoReleases(): Promise<World> {
  const world = new World("myapp");
  await world.boot();
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error("the pipeline is invalid");
  await world.command({ type: "ApplyPipeline", pipeline: parsed.pipeline, source });
  for (const version of ["1.0.0", "1.1.0"]) {
    const components = [{ name: "app", kind: "file", sha256: sha256Hex(version), size: 5 } as const];
    await world.command({ type: "PublishRelease", manifest: { app: "myapp", version, components } });
    await world.clock.moveTo(world.clock.now() + 3_600_000);
  }
  return world;
}

const forbid = { type: "ForbidArtifact", sha256: sha256Hex("1.1.0"), reason: "it leaks" } as const;
const liveIn = (world: World) => {
  const state = world.state();
  return state === undefined ? undefined : stageOf(state, "dev").live?.version;
};

test("an artifact that is withdrawn everywhere is gone from an application that nobody touches", async () => {
  const world = await withTwoReleases();
  expect(liveIn(world)).toBe("1.1.0");
  expect(await world.rule(forbid)).toBe(true);
  expect(liveIn(world)).toBe("1.0.0");
});

test("a crash before the application's log has it does not lose it", async () => {
  const world = await withTwoReleases();
  await world.node.controller.stop();
  expect(await world.rule(forbid)).toBe(true);
  expect(liveIn(world)).toBe("1.1.0");
  await world.crash();
  expect(liveIn(world)).toBe("1.0.0");
  expect(world.log().filter(({ type }) => type === "ArtifactWithdrawn")).toHaveLength(1);
});
