import { readFileSync } from "node:fs";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { buildFeeds } from "@sluice/core/feed/build.ts";
import { emptyHead } from "@sluice/core/log/chain.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { World } from "@sluice/core/testing/world.ts";
import { explainClient } from "@sluice/core/views/client/explain-client.ts";
import { explain } from "@sluice/core/views/why.ts";
import { clientExplanationSchema } from "@sluice/server/http/schemas/client-explanation.ts";
import { explanationSchema } from "@sluice/server/http/schemas/explanation.ts";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../docs/why.md", import.meta.url), "utf8");
const block = (language: string, nth = 0) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))][nth]?.[1] ?? "";

function pipelineOn(nth: number) {
  const read = parsePipeline(block("yaml", nth));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.pipeline;
}

test("the answer on the page is what the pipeline on the page leads to", () => {
  const world = new World(pipelineOn(0));
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

test("what the page says of a client is what its pipeline leads to", () => {
  const world = new World(pipelineOn(1));
  const hour = 3_600_000;
  world.must({ type: "PublishRelease", manifest: manifestOf("1.0.0") }, "ci");
  world.pass(4 * hour);
  const reports = [{ version: "1.0.0", status: "completed", at: world.now }] as const;
  world.pass(20 * hour);
  world.must({ type: "PublishRelease", manifest: manifestOf("1.1.0") }, "ci");
  world.catchUp();
  const [feed] = buildFeeds(world.state, world.log.at(-1) ?? emptyHead);
  const question = { version: "1.1.0", stage: "stable", client: { id: "pc-4", attributes: {} }, feed, reports };
  const why = explainClient(world.state, question, world.measurements, world.now);
  expect(JSON.parse(block("json", 1))).toEqual(why);
});

test("every member of the answer about a client is explained, and every obstacle and standing", () => {
  const { shape } = clientExplanationSchema;
  for (const member of Object.keys(shape)) expect(page).toContain(`| \`${member}\` |`);
  for (const obstacle of shape.obstacles.unwrap().element.shape.obstacle.options)
    expect(page).toContain(`| \`${obstacle}\` |`);
  for (const standing of shape.standing.options) expect(page).toContain(`\`${standing}\``);
  const inner = { ...shape.admission.unwrap().shape, ...shape.client.shape };
  for (const member of Object.keys(inner)) if (member !== "promotion") expect(page).toContain(`\`${member}\``);
});
