import { expect, test } from "vitest";
import type { Deployment } from "./history.ts";
import type { Incident } from "./incident/incident.ts";
import { rollbackTests } from "./rollback-test.ts";

const deployment = (version: string, hour: number, stage = "prod"): Deployment => ({
  promotion: `${stage}-${version}`,
  stage,
  version,
  status: "complete",
  requestedAt: `2026-01-01T0${hour}:00:00Z`,
  requestedBy: "ci",
  startedAt: `2026-01-01T0${hour}:00:00Z`,
  completedAt: `2026-01-01T0${hour}:30:00Z`,
  exposure: 10_000,
});
const rollback = (from: string, more: object = {}) =>
  ({
    id: `incident-${from}`,
    stage: "prod",
    from,
    to: "1.0.0",
    exposure: { basisPoints: 500, rolledBack: 3 },
    durations: { rollbackToServedMs: 10 },
    ...more,
  }) as unknown as Incident;

const deployments = [deployment("1.1.0", 2), deployment("1.0.0", 1), deployment("1.1.0", 1, "dev")];
const statusOf = (...incidents: Incident[]) =>
  rollbackTests(deployments, incidents).map(({ stage, version, status }) => `${stage} ${version} ${status}`);

test("a release is tested where clients confirmed the way back, and nowhere else", () => {
  expect(statusOf(rollback("1.1.0"))).toEqual(["prod 1.1.0 tested", "prod 1.0.0 none", "dev 1.1.0 none"]);
  expect(rollbackTests(deployments, [rollback("1.1.0")])[0]).toMatchObject({
    confirmed: 3,
    incident: "incident-1.1.0",
  });
});

test("where a stage has no clients, its targets confirm that they have gone back", () => {
  const alone = { withoutClients: true, exposure: { basisPoints: 10_000, rolledBack: 0 } };
  expect(statusOf(rollback("1.1.0", alone))[0]).toBe("prod 1.1.0 tested");
  expect(statusOf(rollback("1.1.0", { ...alone, durations: {} }))[0]).toBe("prod 1.1.0 untested");
});

test.each([
  ["was never gone", []],
  ["is not served yet", [rollback("1.1.0", { durations: {} })]],
  ["nobody confirmed", [rollback("1.1.0", { exposure: { basisPoints: 500, rolledBack: 0 } })]],
  ["led nowhere", [rollback("1.1.0", { to: null })]],
  ["was gone before anybody had the release", [rollback("1.1.0", { exposure: { basisPoints: 0, rolledBack: 3 } })]],
  ["was another stage's", [rollback("1.1.0", { stage: "dev" })]],
])("a way back that %s is not tested", (_, incidents) => {
  expect(statusOf(...incidents)[0]).toBe("prod 1.1.0 untested");
});

test("what waits, and was never exposed, has no rollback to test", () => {
  const { startedAt: _, ...waiting } = deployment("1.2.0", 3);
  expect(rollbackTests([waiting], [])).toEqual([]);
});
