import { readFile } from "node:fs/promises";
import { createStyle } from "@sluice/cli/output/style.ts";
import { statusLines } from "@sluice/cli/views/status-lines.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { statusOf } from "@sluice/core/views/status.ts";
import { expect, test } from "vitest";
import { minute, Story } from "./story.ts";

const commit = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
const deployed = 30 * minute;

/** The three services of a version, by their digests. */
function images(version: string) {
  const components = ["frontend", "backend", "ai-service"].map((name) => ({
    name,
    kind: "image" as const,
    sha256: sha256Hex(`${name} ${version}`),
    size: 1_024,
    repository: `registry.staging.example/myapp/${name}`,
  }));
  return { components };
}

test("what was tested in staging is copied to production when it is merged to main, and only then", async () => {
  const story = await Story.begin("artifact");
  await story.publish("0.1.6", { ...images("0.1.6"), commit });
  await story.at(deployed);
  expect(story.world.targets.live.get("staging/oci")).toBe("0.1.6");
  await story.tickAll("0.1.6", "production", "qa");
  expect(story.closed("0.1.6", "production")).toEqual(["promote-on"]);
  await story.git({ kind: "merge", branch: "main", commit });
  // Until the copy is done it is not live.
  expect(story.live("production")).toBeUndefined();
  await story.at(2 * deployed);
  expect(story.live("production")).toBe("0.1.6");
  expect(story.world.targets.live.get("production/oci")).toBe("0.1.6");
});

test("a copy that fails takes nothing out of production that was there before", async () => {
  const story = await Story.begin("artifact");
  for (const [index, version] of ["0.1.5", "0.1.6"].entries()) {
    const built = String(index).repeat(40);
    await story.publish(version, { ...images(version), commit: built });
    await story.at((3 * index + 1) * deployed);
    await story.tickAll(version, "production", "qa");
    if (version === "0.1.6") story.world.faults.target = "broken";
    await story.git({ kind: "merge", branch: "main", commit: built });
    await story.at((3 * index + 2) * deployed);
    story.world.faults.target = "none";
    await story.at((3 * index + 3) * deployed);
  }
  expect(story.live("production")).toBe("0.1.5");
  expect(story.world.targets.live.get("production/oci")).toBe("0.1.5");
});

test("going back copies an older version", async () => {
  const story = await Story.begin("artifact");
  for (const [index, version] of ["0.1.5", "0.1.6"].entries()) {
    const built = String(index).repeat(40);
    await story.publish(version, { ...images(version), commit: built });
    await story.git({ kind: "merge", branch: "main", commit: built });
    await story.at((2 * index + 1) * deployed);
    await story.tickAll(version, "production", "qa");
    await story.at((2 * index + 2) * deployed);
    expect(story.live("production")).toBe(version);
  }
  await story.must({ type: "RollBack", stage: "production", to: "0.1.5", reason: "Japanese text is cut" }, "on-call");
  await story.at(6 * deployed);
  expect(story.world.targets.live.get("production/oci")).toBe("0.1.5");
});

test("the status on the template's page is what the command prints then", async () => {
  const story = await Story.begin("artifact");
  await story.publish("0.1.6", { ...images("0.1.6"), commit });
  await story.at(deployed);
  const plain = createStyle({ write: () => true }, { NO_COLOR: "1" });
  const page = await readFile(new URL("../../docs/templates/artifact.md", import.meta.url), "utf8");
  const shown = page.match(/^\$ sluice status\n(.*?)^```$/ms)?.[1];
  const lines = statusLines(statusOf(story.state, [], story.world.clock.now()), plain);
  const undated = (text: string) => text.replaceAll(/[0-9][0-9a-z ]*ago/g, "a while ago").replaceAll("myapp", "todo");
  expect(undated(shown ?? "")).toBe(undated(`${lines.join("\n")}\n`));
});
