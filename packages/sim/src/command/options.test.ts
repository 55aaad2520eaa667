import { expect, test } from "vitest";
import { limitsAsOptions } from "../history/limits-as-options.ts";
import { faultNames } from "../world/faults.ts";
import { optionsFrom } from "./options.ts";

test.each([
  ["--seeds 0", /--seeds "0" is not a whole number from 1/],
  ["--seeds 1e3", /--seeds "1e3" is not a whole number/],
  ["--from=", /--from "" is not a whole number/],
  ["--days 0", /--days "0" is not a whole number from 1/],
  ["--without crush", /There is no fault "crush". There are: crash, stall/],
  ["more", /Unexpected argument 'more'/],
  ["--nope", /Unknown option '--nope'/],
  ["--seeds", /argument missing/],
  ["--only soak", /it wants --planted/],
  ["--planted --trace", /--planted cannot be asked for together with --trace/],
  ["--planted --days 3", /together with --days/],
  ["--json --trace", /--trace is text/],
])("what cannot be understood is told: %s", (line, wrong) => {
  expect(optionsFrom(line.split(" "))).toEqual({ wrong: expect.stringMatching(wrong) });
});

test("planted defects are given more histories than are run without them", () => {
  expect(optionsFrom([])).toMatchObject({ seeds: 100, from: 1, planted: false });
  expect(optionsFrom(["--planted"])).toMatchObject({ seeds: 1_000, planted: true });
  expect(optionsFrom(["--planted", "--seeds", "7"])).toMatchObject({ seeds: 7 });
});

test("help is help, whatever else is asked for", () => {
  expect(optionsFrom(["--help", "--seeds", "x"])).toBe("help");
  expect(optionsFrom(["-h"])).toBe("help");
});

test.each([
  { without: [] },
  { without: ["crash", "stall"], days: 3, clients: 2, servers: 1, agents: 0, stages: 2, idle: 1 },
  { without: faultNames },
] as const)("limits come back from the command that is told: $without", (limits) => {
  expect(optionsFrom(limitsAsOptions(limits))).toMatchObject({ limits });
});
