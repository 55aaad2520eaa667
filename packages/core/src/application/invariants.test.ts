import fc from "fast-check";
import { expect, test } from "vitest";
import type { Measurements } from "../analysis/measurement.ts";
import { isRejection } from "../errors/rejection.ts";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import { feedSchema } from "../feed/feed.ts";
import { evaluateGates } from "../gates/registry.ts";
import { rollingGates } from "../gates/rolling.ts";
import { emptyHead, isBroken, verifyChain } from "../log/chain.ts";
import type { SealedEvent } from "../log/event.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import { isExposed } from "../rollout/bucket.ts";
import { histories, pipelines } from "../testing/histories.ts";
import { manifestOf } from "../testing/manifests.ts";
import type { Move } from "../testing/move.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { start, type Taken, World } from "../testing/world.ts";
import { gateContext, stagesOf } from "./context.ts";
import { decide } from "./decide.ts";
import { evolve, foldLog, replay } from "./evolve.ts";
import { nextDue } from "./next-due.ts";
import { type AppState, activePromotion, initialState, stageOf } from "./state.ts";

const clients = Array.from({ length: 12 }, (_, i) => `client-${i}`);

/** Checks something after every command of many histories. `make` is called once for each. */
function always(make: (world: World) => (taken: Taken) => void, numRuns = 150): void {
  fc.assert(
    fc.property(pipelines, histories, (pipeline, moves) => {
      live(pipeline, moves, (world) => {
        world.onTaken = make(world);
      });
    }),
    { numRuns },
  );
}

function live(pipeline: Pipeline, moves: readonly Move[], prepare: (world: World) => void = () => {}): World {
  const world = new World(pipeline);
  prepare(world);
  for (const move of moves) move.make(world);
  return world;
}

/** A state as text, with the order of everything in it. */
const written = (state: AppState): string => JSON.stringify(state);

const factsOf = ({ decision }: Taken) => (isRejection(decision) ? [] : decision.facts);

test("a decision is the same every time, its state is the fold of its facts, and a refusal changes nothing", () => {
  always((world) => (taken) => {
    const { before, command, meta, decision } = taken;
    const { facts, state } = isRejection(decision) ? { facts: [], state: before } : decision;
    expect(decide(before, command, meta)).toEqual(
      isRejection(decision) ? decision : { facts, state: expect.anything() },
    );
    let folded = before;
    for (const fact of facts)
      folded = evolve(folded, { ...fact, seq: folded.seq + 1, at: meta.now, actor: meta.actor });
    expect(written(folded)).toBe(written(state));
    expect(written(world.state)).toBe(written(state));
  });
});

test("what is settled is settled: the same Advance at the same moment does nothing", () => {
  always((world) => ({ command, decision }) => {
    if (command.type !== "Advance" || isRejection(decision)) return;
    expect(decide(world.state, command, { now: world.now, actor: "sluice" })).toMatchObject({ facts: [] });
  });
});

test("a stage has at most one active promotion, and it is the one that the stage names", () => {
  always((world) => () => {
    const rolling = [...world.state.promotions.values()].filter(
      ({ status }) => status === "active" || status === "paused",
    );
    expect(new Set(rolling.map(({ stage }) => stage)).size).toBe(rolling.length);
    for (const { id, stage } of rolling) expect(stageOf(world.state, stage).active).toBe(id);
    for (const stage of world.state.stages.values()) {
      if (stage.active !== undefined) expect(activePromotion(world.state, stage)?.id).toBe(stage.active);
      for (const id of stage.waiting) expect(world.state.promotions.get(id)?.status).toBe("waiting");
    }
  });
});

test("nothing that is live was withdrawn or rolled back, and going back is the only way to an older release", () => {
  always((world) => (taken) => {
    for (const { name } of stagesOf(world.state)) {
      const { live, away, completed } = stageOf(world.state, name);
      for (const version of completed.keys()) expect(away.has(version)).toBe(false);
      if (live === undefined) continue;
      expect(world.state.releases.get(live.version)?.withdrawn).toBeUndefined();
      expect([...completed.keys()].at(-1)).toBe(live.version);
      const was = stageOf(taken.before, name).live?.version ?? live.version;
      if (compareVersions(live.version, was) < 0)
        expect(factsOf(taken)).toContainEqual(
          expect.objectContaining({ type: "PromotionRolledBack", data: expect.objectContaining({ stage: name }) }),
        );
    }
  });
});

test("exposure only rises within a promotion, and nobody loses a release that they have", () => {
  always((world) => (taken) => {
    for (const fact of factsOf(taken))
      if (fact.type === "ExposureRaised") expect(fact.data.to).toBeGreaterThan(fact.data.from);
    for (const [id, promotion] of taken.before.promotions) {
      const after = world.state.promotions.get(id);
      if (!("exposure" in promotion) || after === undefined || !("exposure" in after)) continue;
      if (promotion.exposure === undefined || after.exposure === undefined) continue;
      const wave = promotion.exposure.wave ?? 0;
      expect(after.exposure.wave ?? 0).toBeGreaterThanOrEqual(wave);
      // A wave begins only when all of the one before has it; who has it keeps it then.
      if ((after.exposure.wave ?? 0) > wave) {
        expect(promotion.exposure.basisPoints).toBe(10_000);
        // What is published with this command may be followed by the next wave at once.
        if (taken.command.type !== "RecordPublication")
          expect(promotion.exposure.appliedAt).toEqual(expect.any(Number));
        continue;
      }
      expect(after.exposure.basisPoints).toBeGreaterThanOrEqual(promotion.exposure.basisPoints);
      for (const client of clients)
        if (isExposed(promotion.exposure, client)) expect(isExposed(after.exposure, client)).toBe(true);
    }
  });
});

test("exposure never rises without measurements where reports matter, and never on nothing where clients are asked for", () => {
  always((world) => (taken) => {
    for (const fact of factsOf(taken)) {
      const rises = fact.type === "PromotionCompleted" || fact.type === "WaveBegun";
      if (!rises && (fact.type !== "ExposureRaised" || fact.data.from === 0)) continue;
      const stage = stagesOf(world.state).find(({ name }) => name === fact.data.stage);
      const asked = stage?.analysis.find(({ clients }) => clients !== undefined)?.clients;
      if (stage?.["stop-test"] || asked !== undefined) expect(taken.command.type).toBe("Advance");
      if (asked === undefined || taken.command.type !== "Advance") continue;
      const { healthy } = taken.command.measurements.find(
        (of) => of.stage === fact.data.stage && of.version === fact.data.version,
      ) ?? { healthy: 0 };
      expect(healthy).toBeGreaterThanOrEqual(asked["min-clients"]);
    }
  });
});

test("nothing starts unless every gate passes or somebody overrode them", () => {
  always((world) => (taken) => {
    for (const fact of factsOf(taken)) {
      if (fact.type !== "PromotionStarted") continue;
      const { id, stage: name, version, gates } = fact.data;
      expect(world.state.releases.get(version)?.withdrawn).toBeUndefined();
      if (world.state.promotions.get(id)?.override !== undefined) continue;
      expect(gates.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
      const stages = stagesOf(world.state);
      const index = stages.findIndex((stage) => stage.name === name);
      const before = stages[index - 1];
      const soakMs = Math.max(
        0,
        ...(stages[index]?.gates ?? []).map(({ soak }) => (typeof soak === "number" ? soak : 0)),
      );
      const reached = world.happened.findLast(({ type, data }) =>
        before === undefined
          ? type === "ReleasePublished" && "manifest" in data && data.manifest.version === version
          : type === "PromotionCompleted" &&
            "version" in data &&
            data.version === version &&
            data.stage === before.name,
      );
      expect(reached?.at ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(taken.meta.now - soakMs);
      for (const { soak } of stages[index]?.gates ?? [])
        if (typeof soak === "object") expect(wellMs(world, id, taken.meta.now)).toBeGreaterThanOrEqual(soak.healthy);
    }
  });
});

test("what was withdrawn is never offered, and what was rolled back is not offered there again unless somebody says so", () => {
  always((world) => {
    const gone = new Map<string, Set<string>>();
    return (taken) => {
      for (const fact of factsOf(taken)) {
        if (fact.type === "PromotionRolledBack")
          gone.set(fact.data.stage, new Set(gone.get(fact.data.stage)).add(fact.data.version));
        if (fact.type === "PromotionOverridden") gone.get(fact.data.stage)?.delete(fact.data.version);
      }
      for (const feed of buildFeeds(world.state, world.log.at(-1) ?? emptyHead)) {
        expect(feedSchema.safeParse(feed).error).toBeUndefined();
        for (const { version } of feed.releases) {
          expect(world.state.releases.get(version)?.withdrawn).toBeUndefined();
          expect(gone.get(feed.channel)?.has(version) ?? false).toBe(false);
          expect(feed.away).not.toContain(version);
        }
      }
    };
  });
});

test("the machine never takes back what a rollback has put there", () => {
  const moves = fc.array(
    fc.constantFrom<(world: World, n: number) => void>(
      (world, n) => world.take({ type: "PublishRelease", manifest: manifestOf(`1.${n}.0`) }),
      (world) => world.pass(60_000),
      (world) => world.take({ type: "RollBack", stage: "dev", reason: "it harms" }),
      (world) => {
        const version = stageOf(world.state, "dev").live?.version;
        if (version !== undefined) world.report({ stage: "dev", version, failed: 30 });
      },
    ),
    { minLength: 10, maxLength: 25, size: "max" },
  );
  let returns = 0;
  fc.assert(
    fc.property(moves, (deeds) => {
      const world = new World(pipelineOf("dev"));
      let live: string | undefined;
      let returned = false;
      world.onTaken = (taken) => {
        for (const { type, data } of factsOf(taken)) {
          if (type === "PromotionCompleted") [live, returned] = [data.version, false];
          if (type !== "PromotionRolledBack") continue;
          if (returned && live === data.version) expect(data.cause).toBe("manual");
          returned = returned || data.to !== live;
          live = data.to ?? undefined;
        }
        if (returned && taken.command.type === "Advance") returns += 1;
      };
      for (const [n, make] of deeds.entries()) make(world, n);
    }),
    { numRuns: 100 },
  );
  expect(returns).toBeGreaterThan(100);
});

test("no client is ever offered an older version, unless the one that it has was taken back", () => {
  always(
    (world) => () => {
      for (const feed of buildFeeds(world.state, emptyHead))
        for (const [i, version] of [...world.state.releases.keys(), undefined].entries()) {
          const client = { id: `client-${i}`, attributes: {}, ...(version === undefined ? {} : { version }) };
          const decision = decideUpdate(feed, client);
          if (decision.kind === "none") continue;
          expect(feed.away).not.toContain(decision.release.version);
          expect(decision.release.version).not.toBe(version);
          if (version === undefined) expect(decision.kind).toBe("update");
          else if (decision.kind === "rollback") expect(feed.away).toContain(version);
          else expect(compareVersions(decision.release.version, version)).toBeGreaterThan(0);
        }
    },
    80,
  );
});

test("folding the log in two parts equals folding it at once, also from its text, and its chain holds", () => {
  fc.assert(
    fc.property(pipelines, histories, fc.nat(), (pipeline, moves, cut) => {
      const { log, state } = live(pipeline, moves);
      const read: SealedEvent[] = log.map((event) => JSON.parse(JSON.stringify(event)));
      const at = cut % (read.length + 1);
      const parts = foldLog(foldLog(initialState("myapp"), read.slice(0, at)), read.slice(at));
      expect(written(parts)).toBe(written(replay("myapp", read)));
      expect(written(parts)).toBe(written(state));
      expect(isBroken(verifyChain("myapp", emptyHead, read))).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test("until the next due moment time alone changes nothing; at it, something happens or a gate opens or closes", () => {
  fc.assert(
    fc.property(pipelines, histories, fc.nat({ max: 1_000_000 }), (pipeline, moves, part) => {
      const world = live(pipeline, moves);
      const measurements = stagesOf(world.state).flatMap(({ name: stage }) =>
        [...world.state.releases.keys()].map((version) => ({
          stage,
          version,
          reached: 1_000,
          healthy: 1_000,
          failed: 0,
        })),
      );
      const advance = { type: "Advance", measurements } as const;
      world.must(advance);
      const due = nextDue(world.state, measurements, world.now);
      const last = due === undefined ? world.now + 10 * 365 * 86_400_000 : due - 1;
      const some = world.now + Math.floor(((last - world.now) * part) / 1_000_000);
      for (const now of [some, last])
        expect(decide(world.state, advance, { now, actor: "sluice" })).toMatchObject({ facts: [] });
      if (due === undefined) return;
      expect(due).toBeGreaterThan(start);
      const then = decide(world.state, advance, { now: due, actor: "sluice" });
      // Of gates that have to be open together, one may have closed by the time at which the others open.
      if ("facts" in then && then.facts.length === 0)
        expect(verdictsAt(world.state, measurements, due)).not.toEqual(verdictsAt(world.state, measurements, due - 1));
    }),
    { numRuns: 400 },
  );
});

/** What the gates say of every promotion that is open. */
function verdictsAt(state: AppState, measurements: Measurements, now: number): unknown[] {
  return [...state.promotions.values()].flatMap(({ stage, version, status }) => {
    const context = gateContext(state, stage, version, now, measurements);
    if (context === undefined || (status !== "waiting" && status !== "active")) return [];
    return (status === "waiting" ? evaluateGates : rollingGates)(context).map(({ verdict }) => verdict);
  });
}

/** For how long a promotion's soak clock ran, read off the facts, in ms. */
function wellMs(world: World, id: string, now: number): number {
  let ran = 0;
  let since: number | undefined;
  for (const { type, data, at } of world.happened) {
    if (!("id" in data) || data.id !== id) continue;
    if (type === "SoakClockStarted") since = at;
    if (type !== "SoakClockStopped" || since === undefined) continue;
    ran += at - since;
    since = undefined;
  }
  return ran + (since === undefined ? 0 : now - since);
}
