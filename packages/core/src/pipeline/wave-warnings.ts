import type { Wave } from "../rollout/waves/schema.ts";
import type { Stage } from "./schema.ts";
import type { PipelineWarning } from "./warning.ts";

type Match = NonNullable<Wave["match"]>;

/** Waves that nobody can belong to, or whose clients a wave before them has taken in part. */
export function waveWarnings({ name, rollout }: Stage, index: number): PipelineWarning[] {
  const waves = rollout.waves ?? [];
  return waves.flatMap((wave, nth): PipelineWarning[] => {
    if (wave.match === undefined) return [];
    const path = ["stages", index, "rollout", "waves", nth, "match"];
    if (nth === waves.length - 1)
      return [
        {
          path,
          message: `wave ${wave.name} of ${name} is the last: it takes whoever no other wave matches, not only these`,
        },
      ];
    const { match } = wave;
    const before = waves
      .slice(0, nth)
      .flatMap((other) => (other.match === undefined ? [] : [{ ...other, match: other.match }]));
    const left = withoutValues(match, before);
    const whole = before.find((other) => contains(other.match, match));
    if (whole !== undefined || left.length === 0) {
      const by = whole?.name ?? before.map((other) => other.name).join(" or ");
      return [{ path, message: `wave ${wave.name} of ${name} is empty: whoever it matches belongs to wave ${by}` }];
    }
    const overlap = before.find((other) => overlaps(other.match, match));
    return overlap === undefined
      ? []
      : [
          {
            path,
            message: `wave ${wave.name} of ${name} overlaps wave ${overlap.name}, which takes whoever both match`,
          },
        ];
  });
}

/** Whether every client of `inner` is one of `outer`. */
function contains(outer: Match, inner: Match): boolean {
  return Object.entries(outer).every(([name, values]) => inner[name]?.every((value) => values.includes(value)));
}

/** Whether both look at the same attributes, and a client can be one of both. Waves by different attributes overlap by intent. */
function overlaps(a: Match, b: Match): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => a[name]?.some((value) => b[name]?.includes(value) === true))
  );
}

/** The values of a match by one attribute that waves before it by that attribute alone leave; those of another match: all. */
function withoutValues(match: Match, before: readonly { readonly match: Match }[]): readonly string[] {
  const [name, ...more] = Object.keys(match);
  if (name === undefined || more.length > 0) return [""];
  const taken = before
    .filter((other) => Object.keys(other.match).length === 1)
    .flatMap((other) => other.match[name] ?? []);
  return (match[name] ?? []).filter((value) => !taken.includes(value));
}
