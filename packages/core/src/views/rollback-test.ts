import { compareVersions } from "../release/version.ts";
import type { Deployment } from "./history.ts";
import type { Incident } from "./incident/incident.ts";

/** Whether the way back from a release in a stage was ever gone. */
export interface RollbackTest {
  readonly stage: string;
  readonly version: string;
  /** `none`: nothing was there before it, so there is no way back. */
  readonly status: "tested" | "untested" | "none";
  /** Clients that confirmed that they are back. */
  readonly confirmed: number;
  /** The rollback that tested it. */
  readonly incident?: string;
}

/**
 * For every release that was ever exposed in a stage, whether its rollback there was tested: the way back was served, and at least
 * one client confirmed that it is back; where a stage has none, each of its targets did. One that nobody confirmed tested nothing.
 * @param deployments all of the stages that are asked about
 * @returns in the order of the deployments, each stage and version once
 */
export function rollbackTests(deployments: readonly Deployment[], incidents: readonly Incident[]): RollbackTest[] {
  const tests = new Map<string, RollbackTest>();
  for (const { stage, version, startedAt } of deployments) {
    if (startedAt === undefined || tests.has(`${stage} ${version}`)) continue;
    const ways = incidents.filter((one) => one.stage === stage && one.from === version && isServed(one));
    const confirmed = Math.max(0, ...ways.map(({ exposure }) => exposure.rolledBack));
    const last = ways.findLast((way) => confirmed > 0 || way.withoutClients === true)?.id;
    const before = deployments.some((one) => one.stage === stage && completedBefore(one, version, startedAt));
    const status = last !== undefined ? "tested" : before ? "untested" : "none";
    tests.set(`${stage} ${version}`, {
      stage,
      version,
      status,
      confirmed,
      ...(last === undefined ? {} : { incident: last }),
    });
  }
  return [...tests.values()];
}

function isServed({ to, exposure, durations }: Incident): boolean {
  const wasOffered = exposure.basisPoints > 0 || (exposure.wave?.number ?? 1) > 1;
  return to !== null && wasOffered && durations.rollbackToServedMs !== undefined;
}

function completedBefore({ version, completedAt }: Deployment, than: string, startedAt: string): boolean {
  return completedAt !== undefined && completedAt <= startedAt && compareVersions(version, than) < 0;
}
