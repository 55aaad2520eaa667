import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files = listed
  .split("\n")
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
const source = files.filter(({ path }) => path.startsWith("packages/") && !/\.test\.tsx?$|\/testing\//.test(path));

/** The paths of files in which something stands. */
function where(among: typeof files, pattern: RegExp): string[] {
  return among.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

test("it sees the files", () => {
  expect(source.length).toBeGreaterThan(200);
  expect(source.some(({ path }) => path === "packages/core/src/application/decide.ts")).toBe(true);
});

describe("files", () => {
  test("are small: none over 400 lines", () => {
    expect(files.filter(({ text }) => text.split("\n").length > 400).map(({ path }) => path)).toEqual([]);
  });

  test("have names in kebab-case that say what they hold", () => {
    const odd = files.map(({ path }) => path).filter((path) => !/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(basename(path)));
    expect(odd).toEqual([]);
    const vague = files
      .map(({ path }) => path)
      .filter((path) => /(?:^|\/)(?:utils?|helpers?|common|misc|index)(?:\.|\/)/.test(path));
    expect(vague).toEqual([]);
  });
});

describe("the core", () => {
  const core = source.filter(({ path }) => path.startsWith("packages/core/"));

  test("draws no random number and asks no clock", () => {
    expect(where(core, /Math\.random|Temporal\.Now|crypto\.|performance\./)).toEqual([]);
  });

  test("imports nothing of Node's and nothing of the packages above it", () => {
    expect(where(core, /from "(?:node:|@sluice\/(?:server|updater|cli|sim|console))/)).toEqual([]);
  });
});

describe("the server", () => {
  const server = source.filter(({ path }) => path.startsWith("packages/server/"));

  test("reads the time from its clock alone in everything that decides", () => {
    const deciding = server.filter(({ path }) => /\/(?:control-plane|controller|feeds|signing)\//.test(path));
    expect(deciding.length).toBeGreaterThan(10);
    expect(where(deciding, /Date\.now|new Date\(\)|setTimeout|setInterval|Math\.random/)).toEqual([]);
  });

  test("knows nothing of the packages above it", () => {
    expect(where(server, /from "@sluice\/(?:updater|cli|sim|console)/)).toEqual([]);
  });
});

test("no test is left out or run alone by accident", () => {
  const tests = files.filter(({ path }) => /\.test\.tsx?$/.test(path) && !path.endsWith("tidy.test.ts"));
  expect(where(tests, /\b(?:test|it|describe)\.(?:only|todo)\b/)).toEqual([]);
});

test("nothing is silenced", () => {
  const others = files.filter(({ path }) => !path.endsWith("tidy.test.ts"));
  expect(where(others, /@ts-(?:ignore|expect-error|nocheck)|biome-ignore/)).toEqual([]);
});
