import type { StageView } from "@sluice/core/views/status.ts";
import { Countdown } from "../time/countdown.tsx";

interface FrozenStageProps {
  readonly stage: string;
  readonly frozen: NonNullable<StageView["frozen"]>;
}

/** That nothing new enters a stage, by whom, why, and until when. */
export function FrozenStage({ stage, frozen: { by, reason, until } }: FrozenStageProps) {
  return (
    <section className="part" aria-label={`${stage} is frozen`}>
      <p className="none">
        Frozen by {by}: {reason}
        {until !== undefined && (
          <>
            {", until "}
            <Countdown until={until} />
          </>
        )}
      </p>
    </section>
  );
}
