import type { Evidence } from "@sluice/core/gates/gate.ts";
import { Ago } from "../time/ago.tsx";
import { evidenceRows } from "../words/evidence.ts";

/** What a verdict was based on. */
export function EvidenceList({ evidence }: { readonly evidence: Evidence }) {
  const rows = evidenceRows(evidence);
  if (rows.length === 0) return null;
  return (
    <dl className="evidence">
      {rows.map(({ label, value, at }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{at === undefined ? value : <Ago at={at} />}</dd>
        </div>
      ))}
    </dl>
  );
}
