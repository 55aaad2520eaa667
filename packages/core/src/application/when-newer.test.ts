import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import { binding } from "../gates/binding.ts";
import { passes } from "../gates/gate.ts";
import { evaluateGates } from "../gates/registry.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import { type Move, move } from "../testing/move.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { World } from "../testing/world.ts";
import { explain } from "../views/why.ts";
import type { CommandMeta } from "./commands.ts";
import { gateContext, stagesOf } from "./context.ts";
import type { ApplicationFact } from "./events.ts";
import { evolve } from "./evolve.ts";
import { type AppState, activePromotion, stageOf } from "./state.ts";

const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"] as const;
const version = fc.constantFrom(...versions);
const stage = fc.constantFrom("dev" as const, "beta" as const);
const whenNewer = fc.constantFrom("supersede" as const, "supersede" as const, "wait" as const);
const rules = fc
  .record({
    newer: whenNewer,
    hold: fc.constantFrom("1h", "0s"),
    issues: fc.boolean(),
    onFailure: fc.constantFrom("rollback" as const, "pause" as const),
    verify: fc.boolean(),
  })
  .map(({ newer, hold, issues, onFailure, verify }) => ({
    "when-newer": newer,
    "on-failure": onFailure,
    gates: issues ? [{ "no-issues": {} }] : [],
    verify: verify ? ["30m"] : [],
    rollout: { steps: [{ to: "10%", hold }, { to: "100%" }] },
  }));
const races: fc.Arbitrary<Pipeline> = fc
  .tuple(rules, rules)
  .map(([dev, beta]) => pipelineOf({ name: "dev", ...dev }, { name: "beta", ...beta }));

function activeIn(world: World, name: string): string {
  return stageOf(world.state, name).active ?? "dev-99";
}

const does = (text: string, make: (world: World) => unknown) => move(text, (world) => void make(world));
const raceMoves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: version.map((v) => does(`publish ${v}`, (world) => world.take(step.publish(v)))) },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom("1ms", "30m", "1h")
        .map((d) => does(`pass ${d}`, (world) => step.perform(world, step.passing(d)))),
    },
    {
      weight: 2,
      arbitrary: stage.map((name) => does(`pause ${name}`, (world) => world.take(step.pause(activeIn(world, name))))),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) => does(`resume ${name}`, (world) => world.take(step.resume(activeIn(world, name))))),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) => does(`abort ${name}`, (world) => world.take(step.abort(activeIn(world, name))))),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) =>
        does(`halt ${name}`, (world) => world.take({ type: "HaltRollout", id: activeIn(world, name), reason: "odd" })),
      ),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) =>
        does(`recall ${name}`, (world) =>
          world.take({ type: "RecallRollout", id: activeIn(world, name), reason: "odd" }),
        ),
      ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(stage, fc.boolean())
        .map(([name, staged]) =>
          does(`rollback ${name}${staged ? " --staged" : ""}`, (world) =>
            world.take(staged ? step.rollBackStaged(name) : step.rollBack(name)),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) =>
        does(`freeze ${name}`, (world) => world.take(step.freeze(name, world.now + 3_600_000))),
      ),
    },
    { weight: 1, arbitrary: stage.map((name) => does(`thaw ${name}`, (world) => world.take(step.thaw(name)))) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(version, stage, fc.boolean())
        .map(([v, name, force]) =>
          does(`promote ${v} ${name}${force ? " --override" : ""}`, (world) =>
            world.take(step.promote(v, name, force ? "so" : undefined)),
          ),
        ),
    },
    {
      weight: 1,
      arbitrary: stage.map((name) =>
        does(`resume ${name} by itself`, (world) => world.take({ type: "ResumeAutoPromotion", stage: name })),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(stage, version).map(([name, v]) =>
        does(`${v} fails in ${name}`, (world) => {
          world.report({ stage: name, version: v, failed: 5 });
          world.advance();
        }),
      ),
    },
    { weight: 1, arbitrary: version.map((v) => does(`issue ${v}`, (world) => world.take(step.openIssue(v)))) },
    {
      weight: 1,
      arbitrary: fc
        .nat({ max: 3 })
        .map((n) => does(`resolve ${n}`, (world) => world.take(step.resolveIssue(`issue-${n}`)))),
    },
    { weight: 1, arbitrary: version.map((v) => does(`withdraw ${v}`, (world) => world.take(step.withdraw(v)))) },
    { weight: 1, arbitrary: races.map((p) => does(`apply`, (world) => world.take(step.apply(p)))) },
  ),
  { maxLength: 25, size: "max" },
);

/** The versions that are asked for, roll out or are paused in a stage. */
function openIn(state: AppState, name: string): Set<string> {
  const open = [...state.promotions.values()].filter(
    ({ stage, status }) => stage === name && /waiting|active|paused/.test(status),
  );
  return new Set(open.map(({ version }) => version));
}

test("whoever is in progress ends only for a newer release, where the pipeline says so, and never one that was chosen by hand", () => {
  everyFact((before, fact) => {
    if (fact.type !== "PromotionSuperseded") return;
    const { id, stage: name, by, version: ended } = fact.data;
    expect(compareVersions(before.promotions.get(by)?.version ?? "0.0.0", ended)).toBeGreaterThanOrEqual(0);
    const { status } = before.promotions.get(id) ?? {};
    if (status === "waiting") return;
    expect(ruleOf(before, name)).toBe("supersede");
    expect(stageOf(before, name).hold?.promotion).not.toBe(id);
  });
});

test("of those that could start the newest does, also where it takes the place of another", () => {
  everyFact((before, fact, { now }) => {
    if (fact.type !== "PromotionStarted") return;
    const { stage: name, version: started } = fact.data;
    for (const id of stageOf(before, name).waiting) {
      const other = before.promotions.get(id);
      const context = other && gateContext(before, name, other.version, now, undefined);
      if (other === undefined || context === undefined || compareVersions(other.version, started) <= 0) continue;
      expect(passes(binding(evaluateGates(context), other))).toBe(false);
    }
  });
});

test("nobody is left with a release that the stage has forgotten: it is live, on its way, overtaken by what rolls out, or taken back", () => {
  everyFact(
    () => {},
    (state) => {
      for (const { name } of stagesOf(state)) {
        const stageState = stageOf(state, name);
        const { away, live, offered } = stageState;
        const open = openIn(state, name);
        const active = activePromotion(state, stageState)?.version;
        for (const held of offered) {
          if (away.has(held) || state.releases.get(held)?.withdrawn !== undefined || open.has(held)) continue;
          const replaced = [live?.version, active].some((one) => one !== undefined && compareVersions(one, held) >= 0);
          expect(replaced, `${held} in ${name}, where ${live?.version} is live and ${active} rolls out`).toBe(true);
        }
      }
    },
  );
});

/** Looks at every fact of many races with the state before it, and at the state after every command. */
function everyFact(
  look: (before: AppState, fact: ApplicationFact, meta: CommandMeta) => void,
  after: (state: AppState) => void = () => {},
): void {
  fc.assert(
    fc.property(races, raceMoves, (pipeline, moves) => {
      const world = new World(pipeline);
      world.onTaken = ({ before, meta, decision }) => {
        if (isRejection(decision)) return;
        let state = before;
        for (const fact of decision.facts) {
          look(state, fact, meta);
          state = evolve(state, { ...fact, seq: state.seq + 1, at: meta.now, actor: meta.actor });
        }
        after(state);
      };
      for (const { make } of moves) make(world);
    }),
    { numRuns: 300 },
  );
}

function ruleOf(state: AppState, name: string): string | undefined {
  return stagesOf(state).find((one) => one.name === name)?.["when-newer"];
}

describe("a release that a newer one overtook on its way", () => {
  const quarter = { steps: [{ to: "25%", hold: "1h" }, { to: "100%" }] };
  const pipeline = pipelineOf({ name: "dev", "when-newer": "supersede", rollout: quarter });
  const live = [step.publish("1.0.0"), step.passing("1h")];
  const overtaken = [...live, step.publish("1.1.0"), step.caughtUp, step.publish("1.2.0"), step.caughtUp];

  test("goes back when those who have it report harm, and what overtook it goes on", () => {
    const { world, when } = given(pipeline, ...overtaken);
    when(step.advance(step.counts("dev", "1.1.0", 0, 5))).thenFacts(
      fact("IssueOpened", { version: "1.1.0", stage: "dev" }),
      fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0", cause: "analysis" }),
    );
    expect(stageOf(world.state, "dev")).toMatchObject({ active: "dev-3", live: { version: "1.0.0" } });
  });

  test("goes back too where its clients are let in one by one", () => {
    const evidence = pipelineOf({ name: "dev", "when-newer": "supersede", rollout: { evidence: {} } });
    given(evidence, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp)
      .when(step.advance(step.counts("dev", "1.0.0", 0, 5)))
      .thenFacts(fact("IssueOpened", { version: "1.0.0" }), fact("PromotionRolledBack", { id: "dev-1", to: null }));
  });

  test("is a candidate again when somebody recalls or aborts what overtook it", () => {
    const again = [
      fact("PromotionRequested", { id: "dev-4", version: "1.1.0" }),
      fact("PromotionStarted", { id: "dev-4" }),
    ];
    given(pipeline, ...overtaken)
      .when(step.abort("dev-3"))
      .thenFacts(fact("PromotionRolledBack", { id: "dev-3" }), ...again, fact("ExposureRaised"));
    given(pipeline, ...overtaken)
      .when({ type: "RecallRollout", id: "dev-3", reason: "odd" })
      .thenFacts(fact("PromotionRolledBack", { id: "dev-3" }), ...again, fact("ExposureRaised"));
  });

  test("goes along when somebody takes the stage back: nothing else enters", () => {
    given(pipeline, ...overtaken, step.passing("1h"))
      .when(step.rollBack("dev"))
      .thenFacts(
        fact("PromotionRolledBack", { id: "dev-3", version: "1.2.0", to: "1.0.0" }),
        fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0" }),
      );
  });

  test("goes back where it waits again and somebody ends that", () => {
    const gated = pipelineOf({
      name: "dev",
      "when-newer": "supersede",
      rollout: quarter,
      gates: [{ "no-issues": {} }],
    });
    given(gated, ...overtaken, step.openIssue("1.1.0"), step.abort("dev-3"))
      .when(step.abort("dev-4"))
      .thenFacts(
        fact("PromotionAborted", { id: "dev-4", version: "1.1.0" }),
        fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0", cause: "aborted" }),
      );
  });

  test("goes back when it is rolled back in the stage before", () => {
    const two = pipelineOf("dev", { name: "beta", "when-newer": "supersede", rollout: quarter });
    const { when } = given(
      two,
      ...live,
      step.passing("1h"),
      step.publish("1.1.0"),
      step.caughtUp,
      step.publish("1.2.0"),
      step.caughtUp,
    );
    when(step.rollBack("dev", "1.0.0")).thenFacts(
      fact("PromotionRolledBack", { stage: "dev", version: "1.2.0", to: "1.0.0" }),
      fact("PromotionRolledBack", { id: "beta-3", version: "1.2.0" }),
      fact("PromotionRolledBack", { id: "beta-2", version: "1.1.0", to: "1.0.0", cause: "rolled-back-before" }),
    );
  });

  test("is said to have made way", () => {
    const { world } = given(pipeline, ...overtaken);
    expect(explain(world.state, { version: "1.1.0", stage: "dev" }, [], world.now)).toMatchObject({
      summary: "1.1.0 made way in dev: it was superseded by dev-3.",
    });
  });
});
