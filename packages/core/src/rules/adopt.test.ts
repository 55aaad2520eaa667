import { expect, test } from "vitest";
import type { ApplicationCommand } from "../application/commands.ts";
import { decide } from "../application/decide.ts";
import { type AppState, initialState } from "../application/state.ts";
import { isRejection } from "../errors/rejection.ts";
import { sha256Hex } from "../log/digest.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import * as step from "../testing/steps.ts";
import { decideServer, initialServer } from "./server-log.ts";

const now = 1_000;

function rulesAgainst(...versions: string[]) {
  let state = initialServer;
  for (const version of versions) {
    const command = { type: "ForbidArtifact", sha256: sha256Hex(version), reason: "it leaks" } as const;
    const decision = decideServer(state, command, { now, actor: "eve" });
    if (isRejection(decision)) throw new Error(decision.message);
    state = decision.state;
  }
  return state.rules;
}

function take(state: AppState, command: ApplicationCommand, rules = rulesAgainst()) {
  const decision = decide(state, command, { now, actor: "alice", rules });
  if (isRejection(decision)) return { state, types: [decision.code as string] };
  return { state: decision.state, types: decision.facts.map((fact) => fact.type as string) };
}

const empty = initialState("myapp");

test("an application has what holds everywhere from its first event on", () => {
  const made = take(empty, step.apply(pipelineOf("dev")), rulesAgainst("1.0.0"));
  expect(made.types).toEqual(["ArtifactWithdrawn", "PipelineApplied"]);
  expect(take(made.state, step.publish("1.0.0")).types).toEqual(["ARTIFACT_WITHDRAWN"]);
});

test("whatever is decided next is decided with it, and it is adopted once", () => {
  const { state } = take(take(empty, step.apply(pipelineOf("dev"))).state, step.publish("1.0.0"));
  const rules = rulesAgainst("1.0.0", "9.0.0");
  const adopted = take(state, { type: "AdoptRules" }, rules);
  expect(adopted.types).toEqual(["ArtifactWithdrawn", "ArtifactWithdrawn", "PromotionRolledBack"]);
  expect(adopted.state.withdrawnArtifacts.first()?.by).toBe("eve");
  expect(take(adopted.state, { type: "AdoptRules" }, rules).types).toEqual([]);
  expect(take(state, step.publish("9.0.0"), rules).types).toEqual(["ARTIFACT_WITHDRAWN"]);
});

test("a refused command leaves no trace of it", () => {
  expect(take(empty, step.apply({ ...pipelineOf("dev"), app: "other" }), rulesAgainst("1.0.0"))).toEqual({
    state: empty,
    types: ["PIPELINE_INVALID"],
  });
});
