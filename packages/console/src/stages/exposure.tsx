import { shareText } from "../words/share.ts";

/** A share as a bar: how much of a stage is exposed to a release, or sent back. `name` is read aloud. */
export function Exposure({ basisPoints, name }: { readonly basisPoints: number; readonly name: string }) {
  return (
    <div
      className="exposure"
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={basisPoints / 100}
      aria-valuetext={shareText(basisPoints)}
    >
      <span style={{ width: `${basisPoints / 100}%` }} />
    </div>
  );
}
