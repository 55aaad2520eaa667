import type { RollbackRequestView } from "@sluice/core/views/rollback-request.ts";
import { Ago } from "../time/ago.tsx";
import { Countdown } from "../time/countdown.tsx";
import { Version } from "./version.tsx";

/** That somebody asked for a stage to go back, and what that waits for. */
export function RollbackRequest({ request }: { readonly request: RollbackRequestView }) {
  const { id, stage, from, to, reason, requestedBy, requestedAt, waitsFor, until } = request;
  return (
    <section className="part rollback-request" aria-label={`rollback asked for in ${stage}`}>
      <header>
        <h3>Rollback asked for</h3>
        <span className="aside">
          <Ago at={requestedAt} />
        </span>
      </header>
      <p>
        {requestedBy} asks to go back from <Version version={from} stage={stage} /> to {to ?? "nothing"}: {reason}
      </p>
      <p className="waits-for">
        <span>{waitsFor.join("; ")}</span>
        <span>
          void <Countdown until={until} />
        </span>
      </p>
      <code>
        sluice rollback {stage} --approve {id}
      </code>
    </section>
  );
}
