import type { StageView } from "@sluice/core/views/status.ts";
import { Countdown } from "../time/countdown.tsx";
import { shareText } from "../words/share.ts";
import { Exposure } from "./exposure.tsx";

interface WayBackProps {
  readonly stage: string;
  readonly way: NonNullable<StageView["wayBack"]>;
}

/** How many of the clients that have what was rolled back are sent back by now, and when it will be more. */
export function WayBack({ stage, way: { versions, basisPoints, next } }: WayBackProps) {
  return (
    <section className="part way-back" aria-label={`going back in ${stage}`}>
      <header>
        <h3>Going back</h3>
        <strong className="share">{shareText(basisPoints)}</strong>
      </header>
      <Exposure basisPoints={basisPoints} name={`sent back in ${stage}`} />
      <p className="waits-for">
        <span>of the clients that have {versions.join(", ")} are sent back</span>
        {next !== undefined && (
          <span>
            more <Countdown until={next} />
          </span>
        )}
      </p>
    </section>
  );
}
