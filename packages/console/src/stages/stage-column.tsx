import type { StageView } from "@sluice/core/views/status.ts";
import { FrozenStage } from "./frozen-stage.tsx";
import { LiveRelease } from "./live-release.tsx";
import { Power } from "./power.tsx";
import { RollbackRequest } from "./rollback-request.tsx";
import { Rollout } from "./rollout.tsx";
import { Targets } from "./targets.tsx";
import { Version } from "./version.tsx";
import { Waiting } from "./waiting.tsx";
import { WayBack } from "./way-back.tsx";

/** One stage: what waits for it, what is on its way into it, what is live in it, and what was sent back. */
export function StageColumn({ stage }: { readonly stage: StageView }) {
  const { name, active, waiting, rolledBack, stopTest, frozen, held, rollbackRequest, wayBack, power } = stage;
  const { targets, inconsistent } = stage;
  return (
    <li className="stage">
      <section aria-label={`stage ${name}`}>
        <header className="stage-name">
          <h2>{name}</h2>
          {frozen !== null && <span className="tag">frozen</span>}
          {held !== null && (
            <span
              className="tag"
              title={`${held.by} promoted ${held.version} by hand; nothing newer follows by itself. Lift it: sluice resume ${name}`}
            >
              held
            </span>
          )}
          {!stopTest && (
            <span
              className="tag"
              title="The sequential test of the clients' reports is off in this stage: stop-test: false"
            >
              no stop test
            </span>
          )}
        </header>
        {frozen !== null && <FrozenStage stage={name} frozen={frozen} />}
        <LiveRelease stage={stage} />
        {rollbackRequest !== undefined && <RollbackRequest request={rollbackRequest} />}
        {wayBack !== undefined && <WayBack stage={name} way={wayBack} />}
        {active !== null && <Rollout stage={name} active={active} />}
        {waiting.length > 0 && <Waiting stage={name} waiting={waiting} />}
        {power !== undefined && <Power power={power} />}
        {targets.length > 0 && <Targets stage={name} targets={targets} inconsistent={inconsistent} />}
        {rolledBack.length > 0 && (
          <section className="part rolled-back" aria-label={`rolled back in ${name}`}>
            <h3>Rolled back</h3>
            <ul>
              {rolledBack.map((version) => (
                <li key={version}>
                  <Version version={version} stage={name} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </section>
    </li>
  );
}
