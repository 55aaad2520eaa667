import fc from "fast-check";
import type { z } from "zod";
import { type Promotion, stageOf } from "../application/state.ts";
import type { stageSchema } from "../pipeline/schema.ts";
import { type Move, move } from "./move.ts";
import * as step from "./steps.ts";
import type { World } from "./world.ts";

type GateInput = NonNullable<z.input<typeof stageSchema>["gates"]>[number];

/** Who there is. Alice does everything that nobody else does: she publishes, too. */
const people = { alice: [], bob: ["ops"], carol: ["ops", "sec"], mallory: [] } as const;
type Person = keyof typeof people;
const person = fc.constantFrom("alice" as const, "bob" as const, "carol" as const, "mallory" as const);
const nth = fc.nat({ max: 8 });

const approval: fc.Arbitrary<GateInput> = fc
  .record({ count: fc.constantFrom(1, 2), expires: fc.constantFrom("2s", "1m", "1h") })
  .chain((rest) =>
    fc.constantFrom(
      { approval: { from: ["alice", "ops"], ...rest } },
      { approval: { from: ["bob"], groups: ["sec"], ...rest } },
    ),
  );
const check: fc.Arbitrary<GateInput> = fc.constantFrom(
  { check: { name: "scan", "max-age": "5s" } },
  { check: { name: "scan", from: ["ops"] } },
);
const checklist: fc.Arbitrary<GateInput> = fc
  .subarray(
    [
      { id: "looked", title: "Somebody looked" },
      { id: "pinged", title: "It answers", http: { url: "http://x/" }, "max-age": "1m" },
    ],
    { minLength: 1 },
  )
  .map((items) => ({ checklist: items }));

/** Gates that people and CI answer; most stages have none. */
export const peopleGates: fc.Arbitrary<GateInput[]> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<GateInput[]>([]) },
  { weight: 4, arbitrary: fc.oneof(approval, check, checklist).map((gate): GateInput[] => [gate]) },
  { weight: 1, arbitrary: fc.tuple(approval, check, checklist).map((gates): GateInput[] => gates) },
);

/** The nth promotion that is open, or one that there is not. */
function openOf(world: World, n: number): Promotion | undefined {
  const open = [...world.state.promotions.values()].filter(({ status }) => /waiting|active|paused/.test(status));
  return open[n % Math.max(1, open.length)];
}

/** The request that a stage go back, or one that there is not. */
function requestOf(world: World, stage: string): string {
  return stageOf(world.state, stage).rollbackRequest ?? "rollback-99";
}

/** Who publishes, nobody and everybody answers: often what is asked of an open promotion, sometimes what is not. */
function about(weight: number, say: string, make: (world: World, open: Promotion, who: Person) => void) {
  const arbitrary = fc.tuple(person, nth).map(([who, n]) =>
    move(`${who} ${say} of open promotion ${n}`, (world) => {
      const open = openOf(world, n);
      if (open !== undefined) make(world, open, who);
    }),
  );
  return { weight, arbitrary };
}

/** What people, CI and the server's own questions answer: asked for or not, by whoever may or may not. */
export const peopleMoves: fc.Arbitrary<Move> = fc.oneof(
  about(6, "approves", (world, { id }, who) => world.take(step.approve(id, people[who]), who)),
  about(1, "approves all the same", (world, { id }, who) => world.take(step.approve(id, people[who], "so"), who)),
  about(1, "rejects", (world, { id }, who) => world.take(step.rejectIt(id, people[who]), who)),
  about(2, "promotes by hand", (world, { version, stage }, who) => world.take(step.promote(version, stage), who)),
  about(3, "reports the scan", (world, { version }, who) =>
    world.take(step.report(version, "scan", "pass", { groups: people[who] }), who),
  ),
  about(1, "reports a failed scan", (world, { version }, who) => world.take(step.report(version, "scan", "fail"), who)),
  about(3, "looks", (world, { version, stage }, who) =>
    world.take(step.report(version, "looked", "pass", { stage }), who),
  ),
  about(1, "finds fault", (world, { version, stage }, who) =>
    world.take(step.report(version, "looked", "fail", { stage }), who),
  ),
  about(1, "reports what nobody asks for", (world, { version }, who) =>
    world.take(step.report(version, "nothing"), who),
  ),
  about(2, "asks to go back", (world, { stage }, who) => world.take(step.askBack(stage), who)),
  about(3, "approves to go back", (world, { stage }, who) =>
    world.take(step.approveBack(requestOf(world, stage), stage, people[who]), who),
  ),
  about(1, "rejects to go back", (world, { stage }, who) =>
    world.take(step.rejectBack(requestOf(world, stage), stage, people[who]), who),
  ),
  about(4, "is not needed for the ping", (world, { id }) => step.perform(world, step.probed(id, "pinged"))),
  about(1, "is not needed for the failed ping", (world, { id }) =>
    step.perform(world, step.probed(id, "pinged", "fail")),
  ),
  about(5, "sees to it that everything is answered", (world, { id, version, stage }) => {
    for (const who of ["bob", "carol"] as const) world.take(step.approve(id, people[who], "so"), who);
    world.take(step.report(version, "scan", "pass", { groups: ["ops"] }), "bob");
    world.take(step.report(version, "looked", "pass", { stage }), "bob");
    step.perform(world, step.probed(id, "pinged"));
  }),
  { weight: 1, arbitrary: person.map((who) => move(`the token of ${who} is revoked`, (world) => world.revoke(who))) },
);
