import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Desk, openDesk } from "./harness.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.clear());

describe("usage errors", () => {
  it.each([
    [["statsu"], /unknown command 'statsu'[\s\S]*Did you mean status\?/],
    [["show"], /missing required argument 'version'/],
    [["status", "--wach"], /unknown option '--wach'[\s\S]*Did you mean --watch\?/],
    [["apply"], /required option '-f, --file <file>' not specified/],
    [["show", "1.0.0", "too", "many"], /too many arguments/],
    [["serve", "--port", "seventy"], /number from 0 to 65535/],
    [["status", "--url", "127.0.0.1:7070"], /not the address of a server/],
    [["history", "--format", "xml"], /table, json, changelog/],
  ])("%j: exit 2", async (argv, message) => {
    const outcome = await desk.sluice(argv);
    expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
    expect(outcome.err).toMatch(/^sluice: /);
  });

  it("are a problem document with --json, wherever that stands", async () => {
    for (const argv of [
      ["--json", "statsu"],
      ["show", "--json"],
      ["status", "--watch", "--json"],
    ]) {
      const { code, out, err } = await desk.sluice(argv);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(JSON.parse(err)).toMatchObject({ type: "/problems/USAGE", code: "USAGE", exitCode: 2 });
    }
  });

  it("show the help when nothing is asked", async () => {
    expect(await desk.sluice([])).toMatchObject({ code: 2, err: expect.stringMatching(/Usage: sluice/) });
    expect(await desk.sluice(["--help"])).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/Usage: sluice[\s\S]*publish[\s\S]*agent/),
    });
    expect((await desk.sluice(["publish", "--help"])).out).toMatch(/--component[\s\S]*--json/);
  });
});

describe("init", () => {
  it("writes a pipeline with the channels' own numbers that can be applied as it is", async () => {
    expect(await desk.sluice(["init", "--app", "shop"])).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringMatching(/^Wrote sluice\.yaml for shop/),
    });
    const text = await readFile(join(desk.folder, "sluice.yaml"), "utf8");
    const read = parsePipeline(text);
    if ("problems" in read) throw new Error(JSON.stringify(read.problems));
    const { app, stages } = read.pipeline;
    expect(app).toBe("shop");
    expect(stages.map(({ name, gates }) => ({ name, gates }))).toEqual([
      { name: "dev", gates: [] },
      { name: "beta", gates: [{ soak: 86_400_000 }] },
      { name: "stable", gates: [{ soak: 259_200_000 }, { "no-issues": { "at-least": "warning" } }] },
    ]);
    expect(stages.every((stage) => stage["on-failure"] === "rollback")).toBe(true);
  });

  it("overwrites nothing", async () => {
    await desk.file("sluice.yaml", "mine");
    expect(await desk.sluice(["init"])).toMatchObject({
      code: 5,
      err: expect.stringMatching(/already; it was not touched/),
    });
    expect(await readFile(join(desk.folder, "sluice.yaml"), "utf8")).toBe("mine");
  });

  it("prints the schema of what it writes, and writes where editors find it", async () => {
    expect((await desk.sluice(["schema"])).out).toBe(
      `${JSON.stringify((await desk.sluice(["schema", "--json"])).json(), null, 2)}\n`,
    );
    expect((await desk.sluice(["schema"])).json()).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      required: expect.arrayContaining(["stages"]),
    });
    await desk.sluice(["init"]);
    expect(await readFile(join(desk.folder, "sluice.yaml"), "utf8")).toMatch(
      /^# yaml-language-server: \$schema=http:\/\/127\.0\.0\.1:7070\/api\/v1\/pipeline\.schema\.json\n/,
    );
  });

  it.each(["channels", "gitops", "staging", "fleet", "artifact"])(
    "writes the template %s for an application, and it is valid",
    async (template) => {
      expect((await desk.sluice(["init", "--template", template, "--app", "shop"])).code).toBe(0);
      const read = parsePipeline(await readFile(join(desk.folder, "sluice.yaml"), "utf8"));
      expect("pipeline" in read ? read.pipeline.app : read).toBe("shop");
    },
  );

  it("writes the policy that comes with a template, and nothing where there is one already", async () => {
    expect(await desk.sluice(["init", "--template", "fleet"])).toMatchObject({
      out: expect.stringMatching(/sluice\.yaml and policy\.yaml.*sluice policy apply -f policy\.yaml/),
    });
    const policy = parsePolicy(await readFile(join(desk.folder, "policy.yaml"), "utf8"));
    expect(policy).toMatchObject({ policy: { name: "enterprise", minimumTestDuration: 172_800_000 } });
    await rm(join(desk.folder, "sluice.yaml"));
    expect(await desk.sluice(["init", "--template", "fleet"])).toMatchObject({
      code: 5,
      err: expect.stringMatching(/There is a policy\.yaml here already/),
    });
    await expect(readFile(join(desk.folder, "sluice.yaml"))).rejects.toThrow();
  });

  it("names the templates there are, and refuses a bad name", async () => {
    expect(await desk.sluice(["init", "--template", "chanels"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/The templates are: channels[\s\S]*Did you mean channels\?/),
    });
    expect(await desk.sluice(["init", "--app", "My App"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/lower-case/),
    });
    expect((await desk.sluice(["init", "--json"])).json()).toMatchObject({ template: "channels", app: "myapp" });
  });
});

describe("apply", () => {
  it("says file, line, column and what was expected, without asking a server", async () => {
    await desk.file(
      "sluice.yaml",
      "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n  - name: beta\n    gates:\n      - soak: soon\n    targest: []\n",
    );
    const refused = await desk.sluice(["apply", "-f", "sluice.yaml"]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toMatch(
      /^sluice\.yaml:7:\d+: stages\[1\]\.gates\[0\]\.soak: must be a duration such as 90s, 24h or 1h30m$/m,
    );
    expect(refused.err).toMatch(/^sluice\.yaml:8:5: stages\[1\]: unknown key "targest"$/m);
    expect(refused.err).toMatch(/2 problems\. Nothing was applied\./);
    const problem = JSON.parse((await desk.sluice(["apply", "-f", "sluice.yaml", "--json"])).err);
    expect(problem).toMatchObject({
      code: "PIPELINE_INVALID",
      file: "sluice.yaml",
      problems: [{ line: 7 }, { line: 8, column: 5 }],
    });
  });

  it("says where YAML is broken, and that a file is missing", async () => {
    await desk.file("sluice.yaml", "app: [\n");
    expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).err).toMatch(/^sluice\.yaml:\d+:\d+: /);
    expect(await desk.sluice(["apply", "-f", "none.yaml"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no file none\.yaml/),
    });
    expect(await desk.sluice(["apply", "-f", "."])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is a folder/),
    });
  });
});

it("says that no server is there: exit 6", async () => {
  // Port 9 of loopback: the discard service, which nobody runs.
  const unreachable = await desk.sluice(["status", "--url", "http://127.0.0.1:9"]);
  expect(unreachable).toMatchObject({
    code: 6,
    out: "",
    err: expect.stringMatching(/No server was reached at http:\/\/127\.0\.0\.1:9[\s\S]*sluice serve/),
  });
});
