import { useNow } from "../live/clock.ts";
import { type Connection, lossText } from "../live/connection.ts";
import { countdownText, relativeText } from "../words/duration.ts";

interface ConnectionLossProps {
  readonly connection: Extract<Connection, { state: "lost" }>;
  /** Whether the server still answers when it is asked. */
  readonly answers: boolean;
  /** The server's clock minus this machine's, in ms. */
  readonly clockOffset: number;
  readonly onRetry: () => void;
}

/** Says that the page is cut off, since when, and when it tries again. */
export function ConnectionLoss({ connection, answers, clockOffset, onRetry }: ConnectionLossProps) {
  const now = useNow() - clockOffset;
  const { since, retryAt, problem } = connection;
  return (
    <div className={answers ? "banner held" : "banner bad"}>
      <p role="alert">{lossText(problem, answers)}</p>
      <p className="aside">
        Lost {relativeText(since, now)};{" "}
        {retryAt > now ? `trying again in ${countdownText(retryAt - now)}` : "trying now"}.
      </p>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
