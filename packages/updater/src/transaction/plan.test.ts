import { expect, test } from "vitest";
import { maxResumes, nextStep, recordOf, type Situation } from "./plan.ts";
import { applyRecord, emptyJournal, type JournalRecord, type JournalState, type Transaction } from "./records.ts";

const begun: JournalRecord = {
  kind: "begun",
  id: "t",
  at: 0,
  from: "1.0.0",
  to: "2.0.0",
  manifest: "m",
  cause: "update",
};
const failure = { code: "HEALTH_CHECK_FAILED", reason: "it answers 500" } as const;
const parts = ["schema", "@program"];
const usual: Situation = { resumed: false, automaticRollback: true, parts, nowMs: 7 };
const changing: JournalRecord = { kind: "changing", parts };
const applied = parts.map((part): JournalRecord => ({ kind: "applied", part }));

function after(...records: JournalRecord[]): JournalState {
  return [begun, ...records].reduce(applyRecord, emptyJournal);
}

function open(...records: JournalRecord[]): Transaction {
  const { transaction } = after(...records);
  if (transaction === undefined) throw new Error("the transaction has ended");
  return transaction;
}

/** Follows the plan, failing where told, and returns the records it leads to. */
function follow(failing: readonly string[], situation = usual, from: JournalRecord = begun): string[] {
  let state = applyRecord(emptyJournal, from);
  const kinds: string[] = [];
  let failed: Situation["failure"];
  while (state.transaction !== undefined && kinds.length < 20) {
    const step = nextStep(state.transaction, { ...situation, ...(failed === undefined ? {} : { failure: failed }) });
    failed = undefined;
    if (failing.includes(step.effect)) {
      failed = failure;
      continue;
    }
    state = applyRecord(state, recordOf(step));
    kinds.push(step.recordedAs);
  }
  return kinds;
}

const forward = ["downloaded", "installed", "changing", "applied", "applied"];

test("an update in which nothing fails goes through to committed", () => {
  expect(follow([])).toEqual([...forward, "healthy", "finished", "committed"]);
});

test("what fails before anything was changed just ends it", () => {
  expect(follow(["download"])).toEqual(["failed"]);
  expect(follow(["install"])).toEqual(["downloaded", "failed"]);
  expect(follow(["prepare"])).toEqual(["downloaded", "installed", "failed"]);
});

test("what fails later puts the old version back, and confirms it", () => {
  const back = ["rolling-back", "restored", "old-healthy", "rolled-back"];
  expect(follow(["apply"])).toEqual([...forward.slice(0, 3), ...back]);
  expect(follow(["confirm"])).toEqual([...forward, ...back]);
  expect(follow(["finish"])).toEqual([...forward, "healthy", ...back]);
});

test("a rollback is not complete when the old version is not healthy either", () => {
  expect(follow(["confirm", "confirm-old"])).toEqual([...forward, "rolling-back", "restored", "failed"]);
  const failed = nextStep(open({ kind: "rolling-back", ...failure }, { kind: "restored" }), { ...usual, failure });
  expect(failed).toMatchObject({ code: "ROLLBACK_FAILED", kept: false });
});

test("without automatic rollback the unhealthy version stays", () => {
  const situation = { ...usual, automaticRollback: false };
  expect(follow(["confirm"], situation)).toEqual([...forward, "failed"]);
  expect(after({ kind: "failed", ...failure, kept: true }).installed.version).toBe("2.0.0");
});

test("a first installation has nothing to go back to, and says why it failed", () => {
  const first: JournalRecord = { kind: "begun", id: "t", at: 0, to: "2.0.0", cause: "update" };
  expect(follow(["confirm"], usual, first)).toEqual([...forward, "rolling-back", "restored", "failed"]);
});

test.each<[JournalRecord["kind"][], string]>([
  [[], "interrupted"],
  [["downloaded"], "interrupted"],
  [["downloaded", "installed"], "interrupted"],
  [["healthy"], "finished"],
  [["finished"], "committed"],
  [["restored"], "old-healthy"],
  [["old-healthy"], "rolled-back"],
])("after a crash behind %j the next record is %s", (kinds, next) => {
  const transaction = open(...kinds.map((kind) => ({ kind }) as JournalRecord), { kind: "resumed" });
  expect(nextStep(transaction, { ...usual, resumed: true }).recordedAs).toBe(next);
});

test("after a crash between two components it goes on with the next, and checks the health after the last", () => {
  const next = (...done: JournalRecord[]) =>
    nextStep(open(changing, ...done, { kind: "resumed" }), { ...usual, resumed: true });
  expect(next()).toMatchObject({ effect: "apply", part: "schema" });
  expect(next(...applied.slice(0, 1))).toMatchObject({ effect: "apply", part: "@program" });
  expect(next(...applied)).toMatchObject({ effect: "confirm" });
});

test("what cannot be taken back is not called a rollback, though the old version runs and is healthy", () => {
  expect(follow(["confirm", "restore"])).toEqual([...forward, "rolling-back", "restored", "old-healthy", "failed"]);
  const stuck = open({ kind: "rolling-back", ...failure }, { kind: "restored", incomplete: "the database" });
  expect(nextStep({ ...stuck, phase: "old-healthy" }, usual)).toMatchObject({ code: "ROLLBACK_FAILED" });
});

test("a version that brings the machine down again and again is taken back", () => {
  const crashes = Array.from({ length: maxResumes + 1 }, (): JournalRecord => ({ kind: "resumed" }));
  const transaction = open(changing, ...applied, ...crashes);
  expect(nextStep(transaction, { ...usual, resumed: true })).toMatchObject({ recordedAs: "rolling-back" });
  expect(nextStep(open(changing, ...applied, ...crashes.slice(1)), usual).recordedAs).toBe("healthy");
});

test("after an update the old version is the previous one; after a rollback the version that was left is not", () => {
  const updated = after({ kind: "committed", at: 9 });
  expect(updated.installed).toEqual({ version: "2.0.0", previous: "1.0.0", since: 9 });
  const back: JournalRecord = { kind: "begun", id: "u", at: 0, from: "2.0.0", to: "1.0.0", cause: "rollback" };
  expect([back, { kind: "committed", at: 9 } as const].reduce(applyRecord, updated).installed.previous).toBeUndefined();
});
