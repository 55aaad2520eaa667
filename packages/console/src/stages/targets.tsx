import { progressText } from "@sluice/core/targets/progress.ts";
import type { StageView } from "@sluice/core/views/status.ts";
import { Ago } from "../time/ago.tsx";
import { shareText } from "../words/share.ts";
import { Version } from "./version.tsx";

type TargetView = StageView["targets"][number];

interface TargetsProps {
  readonly stage: string;
  readonly targets: readonly TargetView[];
  /** Why they do not all have the same. */
  readonly inconsistent: string | null;
}

/** Where a stage's release is put besides the feed, what is there, and what is wrong with it. */
export function Targets({ stage, targets, inconsistent }: TargetsProps) {
  return (
    <section className="part targets" aria-label={`targets of ${stage}`}>
      <header>
        <h3>Targets</h3>
        {inconsistent !== null && <span className="tag bad">inconsistent</span>}
      </header>
      <ul>
        {targets.map((target) => (
          <li key={target.name}>
            <span className="target-name">{target.name}</span>
            <Content stage={stage} target={target} />
            <State target={target} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Content({ stage, target: { has, trial, since } }: { readonly stage: string; readonly target: TargetView }) {
  if (since === undefined) return <span className="quiet">nothing yet</span>;
  return (
    <span>
      {has === null ? "no release" : <Version version={has} stage={stage} />}
      {trial !== undefined && (
        <>
          {" with "}
          <Version version={trial.version} stage={stage} /> at {shareText(trial.basisPoints)}
        </>
      )}
    </span>
  );
}

function State({ target: { state, reason, drift, progress } }: { readonly target: TargetView }) {
  if (drift !== undefined)
    return (
      <p className="trouble">
        Drifted <Ago at={drift.since} />: {drift.text} ({drift.issue})
      </p>
    );
  if (state === "applied") return null;
  const far = progress === undefined ? "" : `: ${progressText(progress)}`;
  if (state === "moving") return <span className="quiet">being moved{far}</span>;
  if (state === "waiting") return <span className="quiet">waits: {reason}</span>;
  return (
    <p className="trouble">
      {state === "retrying" ? "Tried again: " : "Needs a person: "}
      {reason}
      {far}
    </p>
  );
}
