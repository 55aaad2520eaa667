import { describe, expect, test } from "vitest";
import { type FileProblem, parsePipeline } from "./parse.ts";

const minute = 60_000;

function problemsOf(text: string): readonly FileProblem[] {
  const parsed = parsePipeline(text);
  return "problems" in parsed ? parsed.problems : [];
}

/** A file with two stages, the second of which has the given lines; they begin at line 6. */
const withStage = (...lines: string[]) =>
  [
    "apiVersion: sluice/v1",
    "app: myapp",
    "stages:",
    "  - name: dev",
    "  - name: beta",
    ...lines.map((line) => `    ${line}`),
    "",
  ].join("\n");

test("a file becomes a pipeline: durations in ms, shares in basis points, every default filled in", () => {
  const parsed = parsePipeline(`
apiVersion: sluice/v1
app: myapp
clients: { check-every: 30s }
stages:
  - name: dev
  - name: beta
    gates:
      - soak: 1h30m
      - no-issues: {}
    rollout:
      steps: [{ to: 0.25%, hold: 24h }, { to: 100% }]
    analysis:
      - clients: { max-failure-rate: 2% }
      - issues: {}
    stop-test: false
    on-failure: pause
    when-newer: supersede
`);
  expect(parsed).toEqual({
    pipeline: {
      apiVersion: "sluice/v1",
      app: "myapp",
      clients: { "check-every": 30_000 },
      stages: [
        {
          name: "dev",
          gates: [],
          rollout: { steps: [{ to: 10_000, hold: 0 }] },
          analysis: [],
          "stop-test": true,
          "on-failure": "rollback",
          verify: [],
          "when-newer": "wait",
          targets: [{ channel: {} }],
        },
        {
          name: "beta",
          gates: [{ soak: 90 * minute }, { "no-issues": { "at-least": "warning" } }],
          rollout: {
            steps: [
              { to: 25, hold: 24 * 60 * minute },
              { to: 10_000, hold: 0 },
            ],
          },
          analysis: [
            { clients: { "max-failure-rate": 200, "min-clients": 1 } },
            { issues: { "at-least": "critical" } },
          ],
          "stop-test": false,
          "on-failure": "pause",
          verify: [],
          "when-newer": "supersede",
          targets: [{ channel: {} }],
        },
      ],
    },
  });
});

describe("a mistake is named with its place", () => {
  test.each<[string, string, number, number, string, RegExp]>([
    ["an empty file", "", 1, 1, "", /must be an object/],
    ["not YAML", "apiVersion: [", 1, 14, "", /./],
    ["a tab", "apiVersion: sluice/v1\n\tapp: a\n", 2, 1, "", /Tabs/],
    ["a key twice", "app: a\napp: b\n", 2, 1, "", /unique/],
    ["a second document", `${withStage()}---\nx: 1\n`, 6, 1, "", /one document/],
    ["an alias to nothing", "apiVersion: sluice/v1\nstages: *none\n", 2, 9, "", /\*none names nothing/],
    ["another apiVersion", withStage().replace("v1", "v2"), 1, 13, "apiVersion", /"sluice\/v1"/],
    ["no app", withStage().replace("app: myapp\n", ""), 1, 1, "app", /is missing/],
    ["an app with a capital", withStage().replace("myapp", "MyApp"), 2, 6, "app", /lower-case/],
    ["an app that leaves its folder", withStage().replace("myapp", "a..b"), 2, 6, "app", /two dots/],
    ["an app with an underscore", withStage().replace("myapp", "_server"), 2, 6, "app", /lower-case/],
    ["a stage twice", withStage().replace("beta", "dev"), 3, 1, "stages", /twice/],
    ["no stages", "apiVersion: sluice/v1\napp: a\nstages: []\n", 3, 1, "stages", />=1/],
    ["an unknown key", withStage("gate: []"), 6, 5, "stages[1]", /unknown key "gate"/],
    [
      "a soak that is a number",
      withStage("gates:", "  - soak: 24"),
      7,
      15,
      "stages[1].gates[0].soak",
      /duration such as 90s, 24h or 1h30m/,
    ],
    ["a soak in words", withStage("gates:", "  - soak: one day"), 7, 15, "stages[1].gates[0].soak", /duration/],
    [
      "a soak without an end",
      withStage("gates: [{ soak: 999999999999w }]"),
      6,
      21,
      "stages[1].gates[0].soak",
      /at most 3650d/,
    ],
    ["a soak below zero", withStage("gates: [{ soak: -1h }]"), 6, 21, "stages[1].gates[0].soak", /duration/],
    [
      "two gates in one",
      withStage("gates:", "  - soak: 1h", "    no-issues: {}"),
      7,
      9,
      "stages[1].gates[0]",
      /exactly one gate: soak, no-issues/,
    ],
    ["no gate in one", withStage("gates: [{}]"), 6, 13, "stages[1].gates[0]", /exactly one gate/],
    ["a gate by name alone", withStage("gates: [soak]"), 6, 13, "stages[1].gates[0]", /must be an object/],
    [
      "a severity that there is not",
      withStage("gates: [{ no-issues: { at-least: bad } }]"),
      6,
      38,
      "stages[1].gates[0].no-issues.at-least",
      /"info", "warning", "critical"/,
    ],
    [
      "a share without its sign",
      withStage("rollout: { steps: [{ to: 5 }] }"),
      6,
      30,
      "stages[1].rollout.steps[0].to",
      /such as 5% or 0\.25%/,
    ],
    [
      "a share over all",
      withStage("rollout: { steps: [{ to: 101% }] }"),
      6,
      30,
      "stages[1].rollout.steps[0].to",
      /between 0% and 100%/,
    ],
    [
      "a share too fine",
      withStage("rollout: { steps: [{ to: 0.001% }] }"),
      6,
      30,
      "stages[1].rollout.steps[0].to",
      /two decimals/,
    ],
    [
      "a step without a share",
      withStage("rollout: { steps: [{ hold: 1h }] }"),
      6,
      24,
      "stages[1].rollout.steps[0].to",
      /is missing/,
    ],
    [
      "a step to nobody",
      withStage("rollout: { steps: [{ to: 0% }, { to: 100% }] }"),
      6,
      16,
      "stages[1].rollout.steps",
      /must rise/,
    ],
    [
      "steps that fall",
      withStage("rollout: { steps: [{ to: 50% }, { to: 5% }, { to: 100% }] }"),
      6,
      16,
      "stages[1].rollout.steps",
      /must rise/,
    ],
    ["steps that end early", withStage("rollout: { steps: [{ to: 50% }] }"), 6, 16, "stages[1].rollout.steps", /100%/],
    [
      "a ramp that does not rise",
      withStage("rollout: { linear: { by: 0%, every: 1m } }"),
      6,
      30,
      "stages[1].rollout.linear.by",
      /more than 0%/,
    ],
    [
      "a ramp without a pause",
      withStage("rollout: { linear: { by: 10%, every: 0s } }"),
      6,
      42,
      "stages[1].rollout.linear.every",
      /longer than nothing/,
    ],
    [
      "two strategies at once",
      withStage("rollout: { linear: { by: 10%, every: 1m }, steps: [{ to: 100% }] }"),
      6,
      5,
      "stages[1].rollout",
      /exactly one strategy: steps, linear/,
    ],
    [
      "evidence of what is no client",
      withStage("rollout: { evidence: {} }", "targets: [{ channel: {} }, { command: { deploy: ./deploy } }]"),
      6,
      16,
      "stages[1].rollout.evidence",
      /only channel and static/,
    ],
    [
      "evidence beside another count of the same clients",
      withStage("rollout: { evidence: {} }", "analysis: [{ clients: {} }]"),
      7,
      5,
      "stages[1].analysis",
      /leave it out/,
    ],
    [
      "who asks, where the feed is served as files and nobody does",
      withStage("targets: [{ static: { folder: feeds } }]", "rollout:", "  evidence:", "    admission: check"),
      9,
      20,
      "stages[1].rollout.evidence.admission",
      /nobody asks there/,
    ],
    [
      "a token with the check, where nobody asks",
      withStage("rollout:", "  evidence:", "    admission: share", "    clients: authenticated"),
      9,
      18,
      "stages[1].rollout.evidence.clients",
      /nobody asks/,
    ],
    [
      "the size of a fleet whose clients ask and count themselves",
      withStage("rollout:", "  evidence:", "    fleet: 1000"),
      8,
      16,
      "stages[1].rollout.evidence.fleet",
      /count themselves/,
    ],
    [
      "waves in a share that cannot tell who belongs to them",
      withStage(
        "targets: [{ static: { folder: feeds } }]",
        "rollout:",
        "  evidence: {}",
        "  waves: [{ name: eu, match: { region: eu } }, { name: rest }]",
      ),
      9,
      7,
      "stages[1].rollout.waves",
      /cannot pay with evidence by a share/,
    ],
    [
      "evidence without its tests",
      withStage("rollout: { evidence: {} }", "stop-test: false"),
      7,
      16,
      "stages[1].stop-test",
      /cannot be switched off/,
    ],
    [
      "a group named twice",
      withStage("rollout: { evidence: { groups: [region, region] } }"),
      6,
      28,
      "stages[1].rollout.evidence.groups",
      /twice/,
    ],
    [
      "a failure rate of nothing",
      withStage("analysis: [{ clients: { max-failure-rate: 0% } }]"),
      6,
      47,
      "stages[1].analysis[0].clients.max-failure-rate",
      /both excluded/,
    ],
    [
      "a failure rate of all",
      withStage("analysis: [{ clients: { max-failure-rate: 100% } }]"),
      6,
      47,
      "stages[1].analysis[0].clients.max-failure-rate",
      /both excluded/,
    ],
    [
      "a minimum of no clients",
      withStage("analysis: [{ clients: { min-clients: 0 } }]"),
      6,
      42,
      "stages[1].analysis[0].clients.min-clients",
      />=1/,
    ],
    [
      "an answer that there is not",
      withStage("on-failure: explode"),
      6,
      17,
      "stages[1].on-failure",
      /"rollback", "pause"/,
    ],
    ["a truth in words", withStage('stop-test: "yes"'), 6, 16, "stages[1].stop-test", /must be a boolean/],
  ])("%s", (_, text, line, column, path, message) => {
    expect(problemsOf(text)).toContainEqual({ line, column, path, message: expect.stringMatching(message) });
  });

  test("a mistake in a step is not also a mistake of the steps", () => {
    expect(problemsOf(withStage("rollout: { steps: [{ to: 101% }] }"))).toHaveLength(1);
  });

  test("several are named at once", () => {
    expect(
      problemsOf(withStage("on-failure: explode", "when-newer: never", "colour: red"))
        .map(({ line }) => line)
        .sort(),
    ).toEqual([6, 7, 8]);
  });
});

describe("bounds", () => {
  test("clients may not be asked to check without a pause", () => {
    const every = (text: string) => problemsOf(`${withStage()}clients: { check-every: ${text} }\n`);
    expect(every("99ms")).toMatchObject([{ line: 6, path: "clients.check-every", message: "must be at least 100ms" }]);
    expect(every("100ms")).toEqual([]);
  });

  test("ten years are the longest, and a day more is too long", () => {
    expect(problemsOf(withStage("gates: [{ soak: 3650d }]"))).toEqual([]);
    expect(problemsOf(withStage("gates: [{ soak: 3651d }]"))).toHaveLength(1);
  });

  test("a file that is too long is not read", () => {
    expect(problemsOf(`# ${"x".repeat(1_000_000)}`)).toMatchObject([
      { message: expect.stringMatching(/longer than 1000000/) },
    ]);
  });

  test("a file that unfolds into too much is not unfolded", () => {
    const row = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(", ")}]\n`;
    expect(problemsOf(row("a", "x") + row("b", "*a") + row("c", "*b") + row("d", "*c"))).toMatchObject([
      { line: 2, column: 8, message: expect.stringMatching(/100/) },
    ]);
  });

  test("a hundred stages are enough", () => {
    const stages = (count: number) =>
      `apiVersion: sluice/v1\napp: a\nstages:\n${Array.from({ length: count }, (_, i) => `  - name: s${i}\n`).join("")}`;
    expect(problemsOf(stages(100))).toEqual([]);
    expect(problemsOf(stages(101))).toMatchObject([{ path: "stages" }]);
  });
});
