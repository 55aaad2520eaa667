import { expect, test } from "vitest";
import { pipelineJsonSchema } from "./schema.ts";
import { isAtLeast } from "./values.ts";

test("the JSON Schema describes the file as it is written: durations and shares are text", () => {
  expect(pipelineJsonSchema()).toMatchObject({
    title: "Sluice pipeline",
    $schema: "https://json-schema.org/draft/2020-12/schema",
    required: ["apiVersion", "app", "stages"],
    additionalProperties: false,
    properties: {
      stages: {
        items: {
          required: ["name"],
          properties: {
            gates: { items: { properties: { soak: { anyOf: [{ type: "string" }, { type: "object" }] } } } },
          },
        },
      },
    },
  });
});

test("severities are ordered", () => {
  expect(isAtLeast("warning", "info")).toBe(true);
  expect(isAtLeast("warning", "warning")).toBe(true);
  expect(isAtLeast("warning", "critical")).toBe(false);
});
