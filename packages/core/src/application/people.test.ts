import fc from "fast-check";
import { expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import type { SealedEvent } from "../log/event.ts";
import type { Gate, Stage } from "../pipeline/schema.ts";
import { histories } from "../testing/histories.ts";
import { peopleGates, peopleMoves } from "../testing/people.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { type Taken, World } from "../testing/world.ts";
import { fromRfc3339 } from "../time/instant.ts";
import { stagesOf } from "./context.ts";
import type { ApplicationFact } from "./events.ts";

/** An event as it stands in the log: this test reads nothing else, and shares no code with the gates. */
type Told = ApplicationFact & Pick<SealedEvent, "actor" | "seq"> & { readonly ms: number };

function told(world: World): Told[] {
  return world.log.map(({ type, data, actor, seq, at }) => {
    const fact = { type, data } as ApplicationFact;
    return { ...fact, actor, seq, ms: fromRfc3339(at) };
  });
}

/** Pipelines in which nothing but people and questions stands in the way. */
const asking = fc
  .tuple(peopleGates, peopleGates)
  .map(([dev, beta]) =>
    pipelineOf(
      { name: "dev", gates: dev, rollout: { steps: [{ to: "10%", hold: "2s" }, { to: "100%" }] } },
      { name: "beta", gates: beta, "when-newer": "supersede" },
    ),
  );

const among = (names: readonly string[], who: string, groups: readonly string[]) =>
  names.includes(who) || groups.some((group) => names.includes(group));

test("nobody is exposed unless the people and the questions that the stage asks have answered, or somebody overrode them", () => {
  let exposed = 0;
  fc.assert(
    fc.property(asking, histories, fc.array(peopleMoves, { maxLength: 40, size: "max" }), (pipeline, moves, more) => {
      const world = new World(pipeline);
      world.onTaken = (taken) => {
        for (const { id, version, stage } of exposures(taken)) {
          const asked = stagesOf(world.state).find(({ name }) => name === stage);
          const log = told(world);
          if (asked === undefined || log.some((event) => event.type === "PromotionOverridden" && event.data.id === id))
            continue;
          for (const gate of asked.gates) {
            exposed += answers(gate, asked, world, log, id, version) ? 1 : 0;
            expect(answers(gate, asked, world, log, id, version)).not.toBe(false);
          }
        }
      };
      for (const [i, move] of moves.entries()) {
        move.make(world);
        more[i]?.make(world);
      }
    }),
    { numRuns: 100 },
  );
  // What never happens proves nothing.
  expect(exposed).toBeGreaterThan(5);
});

function exposures({ decision }: Taken): { readonly id: string; readonly version: string; readonly stage: string }[] {
  return isRejection(decision)
    ? []
    : decision.facts.flatMap((fact) =>
        fact.type === "PromotionStarted" || fact.type === "ExposureRaised" || fact.type === "PromotionCompleted"
          ? [fact.data]
          : [],
      );
}

/** Whether a gate that people or questions answer is open by what the log says; undefined: it is another gate. */
function answers(
  gate: Gate,
  stage: Stage,
  world: World,
  log: readonly Told[],
  id: string,
  version: string,
): boolean | undefined {
  const { now } = world;
  if (gate.approval !== undefined) {
    const { from, groups, count, expires } = gate.approval;
    const since = Math.max(
      0,
      ...log.flatMap((event, i) => {
        const before = log.slice(0, i).findLast(({ type }) => type === "PipelineApplied");
        if (event.type === "PromotionRejected" && event.data.id === id) return [event.seq];
        if (event.type !== "PipelineApplied" || before?.type !== "PipelineApplied") return [];
        return event.data.digest === before.data.digest ? [] : [event.seq];
      }),
    );
    const publisher = log.find((event) => event.type === "ReleasePublished" && event.data.manifest.version === version);
    const asker = log.find((event) => event.type === "PromotionRequested" && event.data.id === id && event.data.manual);
    const said = log.flatMap((event) => (event.type === "PromotionApproved" && event.data.id === id ? [event] : []));
    const good = said.filter(
      ({ seq, ms, actor, data }) =>
        seq > since &&
        now < ms + expires &&
        among([...from, ...groups], actor, data.groups) &&
        actor !== publisher?.actor &&
        actor !== asker?.actor &&
        !world.rules.revoked.has(actor),
    );
    return (
      new Set(good.map(({ actor }) => actor)).size >= count &&
      groups.every((group) => good.some(({ data }) => data.groups.includes(group)))
    );
  }
  if (gate.check !== undefined) {
    const { name, from, "max-age": maxAge = Number.POSITIVE_INFINITY } = gate.check;
    const last = reported(log, version, name, undefined);
    if (last?.type !== "CheckReported" || last.data.result !== "pass") return false;
    return now < last.ms + maxAge && (from.length === 0 || among(from, last.actor, last.data.groups));
  }
  if (gate.checklist === undefined) return undefined;
  return gate.checklist.every(({ id: item, http, "max-age": maxAge }) => {
    const last = reported(log, version, item, stage.name);
    if (last === undefined || last.data.result !== "pass") return false;
    return http === undefined ? last.type === "CheckReported" : last.type === "ItemProbed" && now < last.ms + maxAge;
  });
}

type Answer = Extract<Told, { type: "CheckReported" | "ItemProbed" }>;

function reported(log: readonly Told[], version: string, name: string, stage: string | undefined): Answer | undefined {
  const all = log.flatMap((event): Answer[] => {
    if (event.type === "CheckReported" && event.data.name === name && event.data.stage === stage) return [event];
    return event.type === "ItemProbed" && event.data.item === name && event.data.stage === stage ? [event] : [];
  });
  return all.findLast(({ data }) => data.version === version);
}
