import type { SealedEvent } from "@sluice/core/log/event.ts";
import { useState } from "react";
import { sentenceOf } from "../words/sentence.ts";
import { EventRow } from "./event-row.tsx";

/** The last events of an application, newest first. */
export function EventFeed({ events }: { readonly events: readonly SealedEvent[] }) {
  const [everything, setEverything] = useState(false);
  const shown = everything ? events : events.filter((event) => sentenceOf(event).tone !== "routine");
  return (
    <section className="panel feed" aria-labelledby="feed-title">
      <header>
        <h2 id="feed-title">What happened</h2>
        <label>
          <input type="checkbox" checked={everything} onChange={(change) => setEverything(change.target.checked)} />
          also signed feeds
        </label>
      </header>
      {shown.length === 0 ? (
        <p className="none">nothing yet</p>
      ) : (
        <ol>
          {shown.map((event) => (
            <EventRow key={event.seq} event={event} />
          ))}
        </ol>
      )}
    </section>
  );
}
