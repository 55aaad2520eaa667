import type { StageView } from "@sluice/core/views/status.ts";
import { Ago } from "../time/ago.tsx";
import { Clients } from "./clients.tsx";
import { Version } from "./version.tsx";

/** What is live in a stage. */
export function LiveRelease({ stage: { name, live } }: { readonly stage: StageView }) {
  return (
    <section className="part live" aria-label={`live in ${name}`}>
      <header>
        <h3>Live</h3>
        {live !== null && (
          <span className="aside">
            <Ago at={live.since} />
          </span>
        )}
      </header>
      {live === null ? (
        <p className="none">nothing yet</p>
      ) : (
        <>
          <p className="headline">
            <Version version={live.version} stage={name} />
          </p>
          {live.overriddenBy !== undefined && <p className="override">Gates overridden by {live.overriddenBy}</p>}
          <Clients clients={live.clients} />
        </>
      )}
    </section>
  );
}
