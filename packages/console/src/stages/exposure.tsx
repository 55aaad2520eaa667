import { shareText } from "../words/share.ts";

interface ExposureProps {
  readonly basisPoints: number;
  /** Read aloud. */
  readonly name: string;
  /** Not everything has that share yet. */
  readonly moving?: boolean;
}

/** A share as a bar: how much of a stage is exposed to a release, or sent back. */
export function Exposure({ basisPoints, name, moving = false }: ExposureProps) {
  return (
    <div
      className={moving ? "exposure moving" : "exposure"}
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={basisPoints / 100}
      aria-valuetext={`${moving ? "on its way to " : ""}${shareText(basisPoints)}`}
    >
      <span style={{ width: `${basisPoints / 100}%` }} />
    </div>
  );
}
