import type { SealedEvent } from "@sluice/core/log/event.ts";
import { memo } from "react";
import { Version } from "../stages/version.tsx";
import { Ago } from "../time/ago.tsx";
import { type Mention, sentenceOf } from "../words/sentence.ts";

/** One event: when, who, what. */
export const EventRow = memo(function EventRow({ event }: { readonly event: SealedEvent }) {
  const { tone, parts } = sentenceOf(event);
  return (
    <li className={tone}>
      <Ago at={event.at} />
      <p>
        <span className="actor">{event.actor}</span> {parts.map(part)}
      </p>
      <span className="seq" title={`Event ${event.seq} of the log, ${event.type}`}>
        #{event.seq}
      </span>
    </li>
  );
});

function part(words: string | Mention, at: number) {
  // A sentence never changes, so a part's place in it is its name.
  return typeof words === "string" ? (
    words
  ) : (
    <Version key={`${at} ${words.version}`} version={words.version} stage={words.stage} />
  );
}
