import type { Explanation } from "@sluice/core/views/why.ts";
import { Ago } from "../time/ago.tsx";

/** What a stage's targets said that they would change. */
export function PlanList({ plans }: { readonly plans: NonNullable<Explanation["plans"]> }) {
  return (
    <section className="plans" aria-label="Plans">
      <h3>Plans</h3>
      {plans.map(({ target, at, changes, text, sha256 }) => (
        <article key={target}>
          <h4>
            {target}
            <span className="quiet">
              {changes === null ? " could not say, " : changes ? " would change, " : " would change nothing, "}
              <Ago at={at} />, <code title="What an approval names">{sha256.slice(0, 12)}</code>
            </span>
          </h4>
          {text.trim() !== "" && <pre>{text.trimEnd()}</pre>}
        </article>
      ))}
    </section>
  );
}
