import { expect, test } from "vitest";
import { Random } from "../../fleet/random.ts";
import { drawPipeline } from "./draw.ts";
import { firstStages } from "./first-stages.ts";
import { readPipeline } from "./read.ts";

test("a drawn pipeline with fewer stages can be read, and keeps its first ones as they were", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const source = drawPipeline(new Random(seed, 80));
    const { stages } = readPipeline(source);
    for (let most = 1; most <= stages.length + 1; most++)
      expect(readPipeline(firstStages(source, most)).stages, `seed ${seed}`).toEqual(stages.slice(0, most));
  }
});

test("what follows the stages stays", () => {
  const source = "stages:\n  - name: dev\n    verify: [1h]\n  - name: beta\n    verify: [1h]\nnotify: []\n";
  expect(firstStages(source, 1)).toBe("stages:\n  - name: dev\n    verify: [1h]\nnotify: []\n");
});
