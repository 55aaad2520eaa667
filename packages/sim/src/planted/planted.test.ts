import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyCode } from "./copy.ts";
import { plantedIn } from "./defect.ts";
import { defects } from "./defects.ts";
import { hunt } from "./hunt.ts";

const root = join(import.meta.dirname, "../../../..");

test("every defect can be planted in the code as it stands", async () => {
  expect(new Set(defects.map(({ name }) => name)).size).toBe(defects.length);
  for (const defect of defects) {
    const sound = await readFile(join(root, "packages", defect.file), "utf8");
    expect(plantedIn(sound, defect), defect.name).not.toBe(sound);
  }
});

test("planting fails loudly where the code has moved", () => {
  const defect = { name: "gone", file: "core/src/x.ts", edits: [["guard();", ""]] as const };
  expect(plantedIn("guard();", defect)).toBe("");
  expect(() => plantedIn("", defect)).toThrow(/stands 0 times in packages\/core\/src\/x\.ts/);
  expect(() => plantedIn("guard(); guard();", defect)).toThrow(/stands 2 times/);
});

test("planted defects are seen", async () => {
  const copy = await copyCode(root);
  try {
    for (const name of [
      "steps are not held",
      "the stop test does not run",
      "a client that says something twice counts twice",
    ]) {
      const defect = defects.find((one) => one.name === name);
      if (defect === undefined) throw new Error(`there is no defect "${name}"`);
      expect((await hunt(copy, defect, { from: 1, seeds: 10 })).guards, name).not.toBeNull();
    }
  } finally {
    await copy.remove();
  }
}, 150_000);
