import { expect, test } from "vitest";
import { Random } from "../../fleet/random.ts";
import { readPipeline } from "../pipeline/read.ts";
import { focuses } from "./focus.ts";
import { drawFocusedPipeline } from "./pipeline.ts";

test.each(focuses)("a pipeline that is about %s can be read", (focus) => {
  for (let seed = 1; seed <= 60; seed++) {
    const source = drawFocusedPipeline(focus, new Random(seed, 80));
    expect(readPipeline(source).stages.length, `seed ${seed}`).toBeGreaterThan(0);
  }
});
