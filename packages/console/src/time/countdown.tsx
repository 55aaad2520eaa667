import { useNow } from "../live/clock.ts";
import { countdownText } from "../words/duration.ts";

/** The time left until a moment, running; the exact RFC 3339 time shows on hover. */
export function Countdown({ until }: { readonly until: string }) {
  const left = Date.parse(until) - useNow();
  return (
    <time className="countdown" dateTime={until} title={until}>
      {left > 0 ? `in ${countdownText(left)}` : "any moment"}
    </time>
  );
}
