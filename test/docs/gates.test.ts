import { readFileSync } from "node:fs";
import { gateKinds } from "@sluice/core/gates/kinds.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { expect, test } from "vitest";

const docs = new URL("../../docs/", import.meta.url);
const overview = readFileSync(new URL("pipeline.md", docs), "utf8");

/** A stage's `gates:`, or the `stages:`, as a page shows them, in a whole pipeline file. */
function pipelineWith(example: string): string {
  if (example.startsWith("stages:")) return `apiVersion: sluice/v1\napp: myapp\n${example}`;
  const indented = example.replace(/^/gm, "    ");
  return `apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n  - name: stable\n${indented}`;
}

test.each(Object.keys(gateKinds))("%s has a page whose examples can be applied, and stands in the overview", (name) => {
  const page = readFileSync(new URL(`gates/${name}.md`, docs), "utf8");
  const examples = [...page.matchAll(/^```yaml\n((?:gates|stages):\n.*?)^```$/gms)].map(([, text]) => text ?? "");
  expect(examples).not.toEqual([]);
  for (const example of examples) {
    const read = parsePipeline(pipelineWith(example));
    expect("problems" in read ? read.problems : []).toEqual([]);
    expect("pipeline" in read && read.pipeline.stages.at(-1)?.gates.some((gate) => name in gate)).toBe(true);
  }
  expect(page).toMatch(/passes\*\*/i);
  expect(page).toMatch(/\*\*Who can unblock it:\*\*/);
  expect(overview).toContain(`| \`${name}: `);
});

test.each(Object.entries(gateKinds))("the schema of %s describes itself", (_, { schema }) => {
  expect(schema.description).toBeDefined();
});
