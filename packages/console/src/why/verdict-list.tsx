import type { Evidence } from "@sluice/core/gates/gate.ts";
import { Countdown } from "../time/countdown.tsx";
import { EvidenceList } from "./evidence-list.tsx";

/** A gate's or an analysis's verdict. */
export interface Verdict {
  readonly name: string;
  readonly verdict: "pass" | "fail" | "wait" | "inconclusive";
  readonly reason: string;
  readonly evidence: Evidence;
  /** RFC 3339. */
  readonly until?: string | undefined;
  readonly who?: string | undefined;
}

const marks = { pass: "✓", fail: "✕", wait: "…", inconclusive: "?" } as const;

/** Verdicts, each with its reason, what it was based on, and who or what can change it. */
export function VerdictList({ title, verdicts }: { readonly title: string; readonly verdicts: readonly Verdict[] }) {
  return (
    <section className="verdicts">
      <h3>{title}</h3>
      <ul>
        {verdicts.map(({ name, verdict, reason, evidence, until, who }) => (
          <li key={name} className={verdict}>
            <span className="mark" aria-hidden="true">
              {marks[verdict]}
            </span>
            <div>
              <p className="headline">
                <strong>{name}</strong>
                <span className="verdict">{verdict}</span>
                {until !== undefined && <Countdown until={until} />}
              </p>
              <p>{reason}</p>
              {who !== undefined && <p className="who">Can be changed by {who}</p>}
              <EvidenceList evidence={evidence} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
