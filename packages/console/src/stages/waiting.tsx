import type { WaitingView } from "@sluice/core/views/status.ts";
import { Countdown } from "../time/countdown.tsx";
import { Version } from "./version.tsx";

/** How many waiting releases a stage shows at once; a team that publishes often has more of them. */
const atOnce = 3;

interface WaitingProps {
  readonly stage: string;
  readonly waiting: readonly WaitingView[];
}

/** The releases that wait for a stage's gates, newest first. */
export function Waiting({ stage, waiting }: WaitingProps) {
  const more = waiting.slice(atOnce);
  return (
    <section className="part waiting" aria-label={`waiting for ${stage}`}>
      <header>
        <h3>Waiting</h3>
        {waiting.length > 1 && <span className="aside">{waiting.length} releases</span>}
      </header>
      <WaitingList stage={stage} waiting={waiting.slice(0, atOnce)} />
      {more.length > 0 && (
        <details>
          <summary>{more.length} older</summary>
          <WaitingList stage={stage} waiting={more} />
        </details>
      )}
    </section>
  );
}

/** Each release with the gates that are closed for it, and the earliest moment at which they can be open. */
function WaitingList({ stage, waiting }: WaitingProps) {
  return (
    <ul>
      {waiting.map(({ promotion, version, waitsFor, until, overriddenBy }) => (
        <li key={promotion}>
          <p className="headline">
            <Version version={version} stage={stage} />
            {until !== undefined && <Countdown until={until} />}
          </p>
          {overriddenBy !== undefined && <p className="override">Gates overridden by {overriddenBy}</p>}
          <dl className="gates">
            {waitsFor.length === 0 && <dd>every gate is open</dd>}
            {waitsFor.map(({ gate, reason }) => (
              <div key={gate}>
                <dt>{gate}</dt>
                <dd>{reason}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
