import type { PowerView } from "@sluice/core/views/power.ts";

/** What a stage can see of the release that comes to it: the first sentence, and the others when asked for. */
export function Power({ power }: { readonly power: PowerView }) {
  const [first, ...others] = [...power.says, power.assumes];
  return (
    <details className="part power">
      <summary>{first}</summary>
      {others.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </details>
  );
}
