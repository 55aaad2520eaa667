import type { AppState } from "../../application/state.ts";
import { stageOf } from "../../application/state.ts";

/** What there is left to do about a rollback, as far as the facts tell. One imperative sentence each. */
export function followUpsOf(
  state: AppState,
  facts: {
    readonly stage: string;
    readonly version: string;
    readonly to: string | null;
    readonly served: boolean;
    readonly bearers: { readonly feed: boolean; readonly targets: readonly string[] };
    readonly exposure: { readonly reached: number; readonly rolledBack: number };
    readonly issues: readonly { readonly id: string; readonly title: string; readonly resolved: boolean }[];
  },
): string[] {
  const { stage, version, to, served, bearers, exposure, issues } = facts;
  const away = stageOf(state, stage).away.has(version);
  const left = Math.max(0, exposure.reached - exposure.rolledBack);
  const elsewhere = state.stages
    .valueSeq()
    .filter((other) => other.name !== stage && other.live?.version === version)
    .map((other) => other.name)
    .toArray();
  return [
    ...(served
      ? []
      : [
          bearers.targets.length === 0
            ? `Find out why the feed of ${stage} does not offer the way back yet`
            : `Find out why ${stage} has not gone back yet: sluice status`,
        ]),
    ...(away && left > 0
      ? [`Follow up the clients that took ${version} in ${stage} and have not reported going back: ${left}`]
      : []),
    ...elsewhere.map((name) => `Decide about ${version} in ${name}, where it is still live`),
    ...issues.filter((issue) => !issue.resolved).map(({ id, title }) => `Resolve ${id}: ${title}`),
    ...(away ? [`Publish a version above ${version}`] : []),
    ...(to === null ? [`Give ${stage} a release: there was none to go back to`] : []),
  ];
}
