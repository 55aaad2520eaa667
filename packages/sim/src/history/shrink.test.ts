import { expect, test } from "vitest";
import { faultNames } from "../world/faults.ts";
import type { Limits } from "./draw.ts";
import type { History } from "./run.ts";
import { type Failed, shrink } from "./shrink.ts";

const guards = "nothing breaks";
const drawn = { days: 17, clients: 13, servers: 2, agents: 2, stages: 4, idle: 0 } as const;

/** A history that is the longer the more there is of everything, and fails while it has what `fails` asks for. */
function historyThat(fails: (had: Required<Limits>) => boolean) {
  return (seed: number, limits: Limits): History => {
    const sizes = { ...drawn, ...limits };
    const had = { ...sizes, without: limits.without };
    const events = 10 * (sizes.days - sizes.idle) + sizes.clients + sizes.servers + sizes.agents + sizes.stages;
    const history = { seed, days: sizes.days, faults: faultNames.length - limits.without.length, events, digest: "" };
    return fails(had) ? { ...history, violation: { guards, what: "it broke", day: 1 } } : history;
  };
}

async function shrunk(fails: (had: Required<Limits>) => boolean) {
  const of = historyThat(fails);
  const failed = of(7, { without: [] }) as Failed;
  return shrink(7, failed, {
    limits: { without: [] },
    run: async (seed, { limits }) => of(seed, limits ?? { without: [] }),
  });
}

test("everything that is not needed goes, and sizes end at the fewest that fail", async () => {
  const { limits, attempts } = await shrunk(
    ({ days, clients, idle, without }) => days >= 11 && clients >= 6 && idle <= 7 && !without.includes("stall"),
  );
  expect(limits).toEqual({
    without: faultNames.filter((name) => name !== "stall"),
    days: 11,
    clients: 6,
    servers: 1,
    agents: 0,
    stages: 1,
    idle: 7,
  });
  expect(attempts).toBeLessThan(60);
});

test("what fails in another way, is longer or cannot be run is not taken", async () => {
  const whole = historyThat(() => true)(7, { without: [] }) as Failed;
  const attempts = [
    async () => ({ ...whole, violation: { ...whole.violation, guards: "something else" } }),
    async () => ({ ...whole, events: whole.events + 1 }),
    () => Promise.reject(new Error("the drawn pipeline is invalid")),
  ];
  for (const run of attempts)
    expect(await shrink(7, whole, { limits: { without: [] }, run })).toMatchObject({
      limits: { without: [] },
      history: whole,
    });
});
