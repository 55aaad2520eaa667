import { defaultPlan, soakOf } from "@sluice/core/rollout/evidence/plan.ts";
import { measure } from "@sluice/sim/fleet/measure.ts";
import { policies } from "@sluice/sim/fleet/policies/catalogue.ts";
import { evidencePolicy } from "@sluice/sim/fleet/policies/evidence.ts";
import type { PolicyKind } from "@sluice/sim/fleet/policy.ts";
import { defaultFleet, type Fleet, type Scenario } from "@sluice/sim/fleet/scenario.ts";
import { duration, progress, rounded, share, wholeNumber } from "./values.ts";

/** The options that describe a fleet, a release and a policy. */
export const scenarioOptions = {
  fleet: { type: "string" },
  poll: { type: "string" },
  report: { type: "string" },
  failure: { type: "string" },
  onset: { type: "string" },
  "attribute-share": { type: "string" },
  silent: { type: "string" },
  dark: { type: "boolean" },
  soak: { type: "string" },
  policy: { type: "string" },
} as const;

type Values = Readonly<{ [K in keyof typeof scenarioOptions]?: string | boolean | undefined }>;

/** Whether any of them was given. */
export function asks(values: Values): boolean {
  return Object.keys(scenarioOptions).some((name) => values[name as keyof Values] !== undefined);
}

/**
 * One scenario. A release without `--failure` is as good as the baseline, 0.5 %. The plan is the default one, fitted to what a
 * fleet's operator knows beforehand: the report deadline is the longest report delay and a little, and where more clients than usual never report
 * anyway, the limit of missing reports lies as far above that share as it does by default.
 * @throws Error when a value cannot be read.
 */
export function oneScenario(values: Values, runs: number, seed: number) {
  const fleet = fleetOf(values);
  const scenario = scenarioOf(values, fleet);
  const policy = policyOf(values, fleet);
  const figures = measure({ fleet, scenario, policy, runs, seed }, (run) => {
    if ((run + 1) % 50 === 0 && run + 1 < runs) progress(`${run + 1} of ${runs} runs`);
  });
  const bad = isBad(scenario, fleet);
  const falseRollbackPercent = rounded(bad ? 0 : figures.endedPercent);
  const missedPercent = rounded(bad ? 100 - figures.endedPercent : 0);
  return {
    rows: [
      {
        policy: policy.name,
        fleet: fleet.clients,
        runs,
        harmed: `${figures.harmed.median} [${figures.harmed.p95}]`,
        "hours to 99 %": figures.hours
          ? `${figures.hours.median.toFixed(1)} [${figures.hours.p95.toFixed(1)}]`
          : "never",
        "rolled back": `${rounded(figures.endedPercent)} %`,
        release: bad ? "over a limit" : "within the limits",
      },
    ],
    figures: {
      "harmed.median": figures.harmed.median,
      "harmed.p95": figures.harmed.p95,
      ...(figures.hours && {
        "hoursToAll.median": rounded(figures.hours.median),
        "hoursToAll.p95": rounded(figures.hours.p95),
      }),
      falseRollbackPercent,
      missedPercent,
    },
  };
}

function fleetOf(values: Values): Fleet {
  const read = reader(values);
  return {
    ...defaultFleet,
    clients: read("fleet", (option, text) => wholeNumber(option, text, 10_000_000), defaultFleet.clients),
    pollMs: read("poll", atLeastASecond, defaultFleet.pollMs),
    reportMs: read("report", atLeastASecond, defaultFleet.reportMs),
    silent: read("silent", share, defaultFleet.silent),
    firstValueShare: read("attribute-share", share, defaultFleet.firstValueShare),
  };
}

function scenarioOf(values: Values, fleet: Fleet): Scenario {
  const read = reader(values);
  return {
    failure: read("failure", share, fleet.baseline),
    onsetMs: read("onset", duration, 0),
    attributeShare: read("attribute-share", share, 1),
    dark: values.dark === true,
  };
}

function policyOf(values: Values, fleet: Fleet): PolicyKind {
  const named = typeof values.policy === "string" ? values.policy : null;
  const soakMs = reader(values)("soak", duration, defaultPlan.soak?.ms ?? 0);
  if (named === null || named === "evidence") {
    return evidencePolicy(soakMs === 0 ? "evidence, no soak" : `evidence, soak ${soakMs / 3_600_000} h`, {
      ...defaultPlan,
      soak: soakMs === 0 ? null : soakOf(soakMs),
      limits: {
        ...defaultPlan.limits,
        missing: Math.min(0.9, Math.max(defaultPlan.limits.missing, (fleet.silent * 5) / 3)),
      },
      reportDeadlineMs: Math.ceil((defaultPlan.reportDeadlineMs * fleet.reportMs) / defaultFleet.reportMs),
    });
  }
  const found = policies.find(({ name }) => name === named);
  if (found) return found;
  throw new Error(`There is no policy "${named}". There are: ${policies.map(({ name }) => name).join(", ")}.`);
}

/** Whether the release breaks a limit of the default plan, so that it ought to be stopped. */
function isBad({ failure, onsetMs, attributeShare }: Scenario, { baseline }: Fleet): boolean {
  const { limits } = defaultPlan;
  if (onsetMs > 0) return failure * attributeShare > limits.crash;
  if (attributeShare >= 1) return failure > limits.failure;
  return failure > limits.group || failure * attributeShare + baseline * (1 - attributeShare) > limits.failure;
}

function reader(values: Values) {
  return (name: keyof Values, read: (option: string, text: string) => number, otherwise: number): number => {
    const text = values[name];
    return typeof text === "string" ? read(`--${name}`, text) : otherwise;
  };
}

function atLeastASecond(option: string, text: string): number {
  const ms = duration(option, text);
  if (ms >= 1_000) return ms;
  throw new Error(`${option} is "${text}": give at least 1s.`);
}
