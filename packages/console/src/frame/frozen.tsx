import type { StatusView } from "@sluice/core/views/status.ts";
import { Countdown } from "../time/countdown.tsx";

/** That the whole application is frozen, by whom and why. */
export function Frozen({ frozen: { by, reason, until } }: { readonly frozen: NonNullable<StatusView["frozen"]> }) {
  return (
    <div className="banner held">
      <p role="alert">
        Every stage is frozen by {by}: {reason}
      </p>
      {until === undefined ? (
        <p>
          until <code>sluice thaw --all</code>
        </p>
      ) : (
        <p>
          it ends <Countdown until={until} />
        </p>
      )}
    </div>
  );
}
