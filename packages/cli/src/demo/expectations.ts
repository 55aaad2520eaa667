import type { SealedEvent } from "@sluice/core/log/event.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import type { LogVerdict } from "../audit/verify-log.ts";
import type { Observation } from "./fleet.ts";
import { firstRation, fleetSize, releases } from "./fleet-plan.ts";

/** Everything that the story's end is judged by. */
export interface Outcome {
  readonly events: readonly SealedEvent[];
  readonly status: StatusView;
  /** By version. */
  readonly details: ReadonlyMap<string, ReleaseDetail>;
  readonly fleet: readonly Observation[];
  /** Agents that were offered the bad release again. */
  readonly offeredAgain: readonly string[];
  readonly audit: readonly LogVerdict[];
}

/** What is not as the demo promises; empty when everything is. */
export function disappointments(outcome: Outcome): string[] {
  return [
    ...everyAgentRunsTheGood(outcome),
    ...theGoodCameByItself(outcome),
    ...theBadWasStopped(outcome),
    ...theLogHolds(outcome),
  ];
}

function everyAgentRunsTheGood({ fleet }: Outcome): string[] {
  const size = Object.values(fleetSize).reduce((sum, count) => sum + count, 0);
  return [
    ...(fleet.length === size ? [] : [`${fleet.length} agents were asked, not ${size}`]),
    ...fleet.flatMap(({ agent, running, current }) => [
      ...(running === releases.good ? [] : [`${agent.id} runs ${running ?? "nothing"}, not ${releases.good}`]),
      ...(current === releases.good
        ? []
        : [`${agent.id} has ${current ?? "nothing"} as its current version, not ${releases.good}`]),
    ]),
  ];
}

function theGoodCameByItself({ status, details, events }: Outcome): string[] {
  const path = details.get(releases.good)?.path ?? [];
  return [
    ...status.stages.flatMap(({ name, live }) =>
      live?.version === releases.good ? [] : [`${name} has ${live?.version ?? "nothing"} live, not ${releases.good}`],
    ),
    ...path.flatMap(({ stage, override }) =>
      override === undefined ? [] : [`${releases.good} entered ${stage} by an override`],
    ),
    ...[releases.first, releases.good].flatMap((version) => [
      ...expectRation(events, version, true),
      ...expectSteps(events, version, "stable", [1_000, 5_000, 10_000]),
    ]),
  ];
}

function theBadWasStopped({ status, details, events, offeredAgain }: Outcome): string[] {
  const { bad } = releases;
  const detail = details.get(bad);
  const harmed = (detail?.clients ?? []).reduce((sum, { failed }) => sum + failed, 0);
  const elsewhere = (detail?.clients ?? []).filter(({ channel, reached }) => channel !== "dev" && reached > 0);
  const dev = status.stages.find(({ name }) => name === "dev");
  return [
    ...expectRation(events, bad, false),
    ...(detail?.path.some(({ stage, status }) => stage === "dev" && status === "rolled-back")
      ? []
      : [`${bad} was not rolled back in dev`]),
    // Two failures stop it; a third client may have been let in between their reports.
    ...(harmed >= firstRation && harmed <= firstRation + 1
      ? []
      : [`${bad} harmed ${harmed} clients, not those of its first ration alone`]),
    ...elsewhere.map(({ channel, reached }) => `${bad} reached ${reached} clients in ${channel}`),
    ...(detail?.path ?? []).flatMap(({ stage, startedAt }) =>
      stage === "dev" || startedAt === undefined ? [] : [`${bad} entered ${stage}`],
    ),
    ...(dev?.rolledBack.includes(bad) ? [] : [`dev does not say that ${bad} is not offered again`]),
    ...offeredAgain.map((id) => `${id} is offered ${bad} again`),
  ];
}

function theLogHolds({ audit }: Outcome): string[] {
  return [
    ...(audit.length === 0 ? ["no log was verified"] : []),
    ...audit.flatMap(({ app, ok, broken }) =>
      ok ? [] : [`the log of ${app} is broken at event ${broken?.seq}: ${broken?.reason}`],
    ),
  ];
}

/** In dev the ration began with two, and the release then went to everybody, or did not. */
function expectRation(events: readonly SealedEvent[], version: string, everybody: boolean): string[] {
  const [first] = events.filter(({ type, data }) => type === "RationGranted" && data.version === version);
  return [
    ...(first?.data.most === firstRation
      ? []
      : [`${version} began in dev with ${first?.data.most} clients at risk, not ${firstRation}`]),
    ...expectSteps(events, version, "dev", everybody ? [fullExposure] : []),
  ];
}

function expectSteps(
  events: readonly SealedEvent[],
  version: string,
  stage: string,
  expected: readonly number[],
): string[] {
  const raised = events
    .filter(({ type, data }) => type === "ExposureRaised" && data.version === version && data.stage === stage)
    .map(({ data }) => data.to);
  return JSON.stringify(raised) === JSON.stringify(expected)
    ? []
    : [`${version} went through ${stage} by ${JSON.stringify(raised)} basis points, not ${JSON.stringify(expected)}`];
}
