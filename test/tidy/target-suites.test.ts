import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pipelineJsonSchema } from "@sluice/core/pipeline/schema.ts";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** Targets that a pipeline tells apart below their kind: which of their members are ways of their own. */
const ways: Readonly<Record<string, (members: readonly string[]) => readonly string[]>> = {
  git: (members) => ["git", ...members.filter((name) => name === "pull-request").map((name) => `git.${name}`)],
  kubernetes: (members) =>
    members.filter((name) => name === "deployment" || name === "rollout").map((name) => `kubernetes.${name}`),
  static: (members) => members.map((name) => `static.${name}`),
  traffic: (members) => members.filter((name) => name !== "version-path").map((name) => `traffic.${name}`),
};

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every kind of target that a pipeline can name. The update feed is none: it is signed and published, not brought anywhere. */
function kinds(): string[] {
  const { properties = {} } = pipelineJsonSchema() as Schema;
  const targets = properties.stages?.items?.properties?.targets?.items?.properties ?? {};
  return Object.entries(targets)
    .filter(([kind]) => kind !== "channel")
    .flatMap(([kind, { properties: members = {} }]) => ways[kind]?.(Object.keys(members)) ?? [kind]);
}

test("every kind of target has the contract suite run against it", () => {
  const tests = execFileSync("git", ["ls-files", "*.test.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const tried = tests
    .filter((path) => !path.startsWith("test/tidy/"))
    .flatMap((path) => [...readFileSync(join(root, path), "utf8").matchAll(/\btargetContract\("([\w.-]+)"/g)])
    .map(([, kind]) => kind);
  expect(kinds().length).toBeGreaterThan(10);
  expect(tried.toSorted()).toEqual(kinds().toSorted());
});
