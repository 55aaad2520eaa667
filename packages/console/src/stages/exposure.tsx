import { shareText } from "../words/share.ts";

/** How much of a stage is exposed to a release. */
export function Exposure({ basisPoints, stage }: { readonly basisPoints: number; readonly stage: string }) {
  return (
    <div
      className="exposure"
      role="progressbar"
      aria-label={`exposure in ${stage}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={basisPoints / 100}
      aria-valuetext={shareText(basisPoints)}
    >
      <span style={{ width: `${basisPoints / 100}%` }} />
    </div>
  );
}
