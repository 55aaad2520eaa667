import { useNow } from "../live/clock.ts";
import { relativeText } from "../words/duration.ts";

/** A moment, told relative to now; the exact RFC 3339 time shows on hover. */
export function Ago({ at }: { readonly at: string }) {
  return (
    <time className="ago" dateTime={at} title={at}>
      {relativeText(Date.parse(at), useNow())}
    </time>
  );
}
