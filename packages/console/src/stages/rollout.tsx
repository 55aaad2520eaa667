import type { ActiveView } from "@sluice/core/views/status.ts";
import { waveText } from "@sluice/core/views/wave.ts";
import { Ago } from "../time/ago.tsx";
import { Countdown } from "../time/countdown.tsx";
import { rationText } from "../words/ration.ts";
import { withoutRemaining } from "../words/remaining.ts";
import { shareText } from "../words/share.ts";
import { Clients } from "./clients.tsx";
import { Exposure } from "./exposure.tsx";
import { Version } from "./version.tsx";

/** The release that is on its way into a stage: how far it has got, and what it waits for. */
export function Rollout({ stage, active }: { readonly stage: string; readonly active: ActiveView }) {
  const { version, status, basisPoints, moving, startedAt, waitsFor, until, overriddenBy, clients, ration, wave } =
    active;
  return (
    <section className={`part rollout ${status}`} aria-label={`rolling out in ${stage}`}>
      <header>
        <h3>{status === "paused" ? "Paused" : "Rolling out"}</h3>
        <span className="aside">
          <Ago at={startedAt} />
        </span>
      </header>
      <p className="headline">
        <Version version={version} stage={stage} />
        {ration === undefined && moving === true && <span className="wave">on its way to</span>}
        {ration === undefined && <strong className="share">{shareText(basisPoints)}</strong>}
        {wave !== undefined && <span className="wave">of {waveText(wave)}</span>}
      </p>
      {ration === undefined ? (
        <Exposure basisPoints={basisPoints} name={`exposure in ${stage}`} moving={moving === true} />
      ) : (
        <p className="ration">{rationText(ration)}</p>
      )}
      <p className="waits-for">
        <span>{until === undefined ? waitsFor : withoutRemaining(waitsFor)}</span>
        {until !== undefined && <Countdown until={until} />}
      </p>
      {overriddenBy !== undefined && <p className="override">Gates overridden by {overriddenBy}</p>}
      <Clients clients={clients} />
    </section>
  );
}
