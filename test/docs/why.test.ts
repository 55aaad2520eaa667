import { readFileSync } from "node:fs";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { World } from "@sluice/core/testing/world.ts";
import { explain } from "@sluice/core/views/why.ts";
import { explanationSchema } from "@sluice/server/http/schemas/explanation.ts";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/why.md", import.meta.url), "utf8");
const block = (language: string) => page.match(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms"))?.[1] ?? "";

test("the answer on the page is what the pipeline on the page leads to", () => {
  const read = parsePipeline(block("yaml"));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  const world = new World(read.pipeline);
  world.must({ type: "PublishRelease", manifest: manifestOf("1.0.0") }, "ci");
  world.catchUp();
  const approve = { type: "ApprovePromotion", id: "stable-1", groups: [], comment: "numbers look good" } as const;
  world.must(approve, "tech-lead");
  const why = explain(world.state, { version: "1.0.0", stage: "stable" }, world.measurements, world.now);
  if (isRejection(why)) throw new Error(why.message);
  // The page leaves out the gates that every stage has and that are open.
  const gates = why.gates.filter(({ verdict }) => verdict !== "pass");
  // Digests change with every default that the pipeline file gets.
  const undigested = (value: object) => JSON.parse(JSON.stringify(value).replaceAll(/[0-9a-f]{64}/g, "digest"));
  expect(undigested(JSON.parse(block("json")))).toEqual(undigested({ ...why, gates }));
});

test("every member of the answer, of its gates and of its analyses is explained", () => {
  const { gates, analysis } = explanationSchema.shape;
  const inner = [gates, analysis].flatMap((list) => Object.keys(list.unwrap().element.shape));
  for (const member of [...Object.keys(explanationSchema.shape), ...inner]) expect(page).toContain(`| \`${member}\` |`);
  for (const standing of explanationSchema.shape.standing.options) expect(page).toContain(`\`${standing}\``);
});
