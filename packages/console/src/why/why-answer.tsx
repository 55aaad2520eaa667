import type { Explanation } from "@sluice/core/views/why.ts";
import { Power } from "../stages/power.tsx";
import { Ago } from "../time/ago.tsx";
import { Countdown } from "../time/countdown.tsx";
import { PlanList } from "./plan-list.tsx";
import { VerdictList } from "./verdict-list.tsx";

/** Where a release stands with a stage, and why it goes no further. */
export function WhyAnswer({ explanation }: { readonly explanation: Explanation }) {
  const { standing, summary, earliest, promotion, gates, analysis, power, at } = explanation;
  const { inconsistent, notBefore, plans } = explanation;
  return (
    <>
      <p className={`standing ${standing}`}>{standing.replaceAll("-", " ")}</p>
      <p className="summary">{summary}</p>
      {inconsistent !== undefined && (
        <p className="inconsistent">Its targets do not all have the same: {inconsistent}</p>
      )}
      {earliest !== undefined && (
        <p className="earliest">
          It can move <Countdown until={earliest} />
          {" at the earliest."}
        </p>
      )}
      {notBefore !== undefined && (
        <p className="earliest">
          It can move <Countdown until={notBefore} />
          {", if people do theirs until then."}
        </p>
      )}
      {gates.length > 0 && (
        <VerdictList title="Gates" verdicts={gates.map((result) => ({ ...result, name: nameOf(result) }))} />
      )}
      {analysis.length > 0 && (
        <VerdictList title="Analysis" verdicts={analysis.map((result) => ({ ...result, name: result.analysis }))} />
      )}
      {power !== undefined && <Power power={power} />}
      {plans !== undefined && <PlanList plans={plans} />}
      <footer>
        {promotion !== undefined && `Promotion ${promotion}. `}Judged <Ago at={at} />.
      </footer>
    </>
  );
}

function nameOf({ gate, policy }: Explanation["gates"][number]): string {
  return policy === undefined ? gate : `${gate} (policy ${policy})`;
}
