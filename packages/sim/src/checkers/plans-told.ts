import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import { canPlan } from "@sluice/core/targets/to-plan.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";
import { Overdue } from "./overdue.ts";
import { undisturbed } from "./undisturbed.ts";

const hour = 3_600_000;
const patienceMs = 2 * hour;
const slowWrites = 12;

interface Plan {
  readonly config: string;
  readonly live: unknown;
  readonly text: string;
}

/** Whoever approves is told what the targets would change, as things stand; and the log says which plans they had seen. */
export const plansTold: CheckerKind = {
  guards: "who approves is told what the targets would change as things stand, by the targets themselves and once",
  create() {
    const told = new Chronicle();
    /** By promotion, then by target: the newest plan. */
    const plans = new Map<string, Map<string, Plan>>();
    const overdue = new Overdue({ needsTurn: true });
    const isCalm = undisturbed();
    return (world) => {
      const wrong = told.readOn(world, (event) => {
        if (event.type === "PromotionPlanned") return planned(world, told, plans, event);
        if (event.type === "PromotionApproved") return seen(plans.get(String(event.data.id)), event);
        return undefined;
      });
      if (wrong !== undefined) return wrong;
      const owed = isCalm(world) ? notPlanned(told, plans) : [];
      const { effectMs, slowMs } = world.faults.weather;
      const mostMs = patienceMs + effectMs + slowWrites * slowMs;
      return overdue.look(world, new Map(owed.map((what) => [what, mostMs])));
    };
  },
};

function planned(
  world: World,
  told: Chronicle,
  plans: Map<string, Map<string, Plan>>,
  { data }: SealedEvent,
): string | undefined {
  const [id, target, text] = [String(data.id), String(data.target), String(data.text)];
  const promotion = told.promotions.get(id);
  if (promotion?.way !== "waiting") return `${id} does not wait`;
  const key = `${data.stage}/${target} ${id}`;
  if (!world.targets.plans.get(key)?.has(text)) return `${data.stage}/${target} did not say so of ${id}`;
  const known = plans.get(id) ?? new Map<string, Plan>();
  plans.set(id, known);
  const before = known.get(target);
  known.delete(target);
  known.set(target, { config: String(data.config), live: data.live, text });
  return before?.config === data.config && before?.live === data.live ? "it was said before" : undefined;
}

/** A yes is to what was planned by then. */
function seen(plans: ReadonlyMap<string, Plan> | undefined, { data }: SealedEvent): string | undefined {
  const said = (data.plans ?? []) as readonly { readonly target: string; readonly sha256: string }[];
  const shown = [...(plans ?? [])].map(([target, { text }]) => `${target} ${sha256Hex(text)}`).sort();
  const named = said.map(({ target, sha256 }) => `${target} ${sha256}`).sort();
  return shown.join() === named.join()
    ? undefined
    : `${data.id} has ${shown.length} plans, and ${named.length} were seen`;
}

/** What of the newest release that waits nobody has planned, in each stage that people approve for. */
function notPlanned(told: Chronicle, plans: ReadonlyMap<string, ReadonlyMap<string, Plan>>): string[] {
  return told.stages.flatMap((spec) => {
    if (!spec.gates.some(({ approval }) => approval !== undefined)) return [];
    const [newest] = [...told.promotions.values()]
      .filter(({ way, stage }) => way === "waiting" && stage === spec.name)
      .sort((a, b) => compareVersions(b.version, a.version));
    if (newest === undefined) return [];
    const live = told.stage(spec.name).live ?? null;
    return outsideTargets(spec)
      .filter((target) => canPlan(target.spec))
      .filter(({ name, config }) => {
        const plan = plans.get(newest.id)?.get(name);
        return plan?.config !== config || plan.live !== live;
      })
      .map(({ name }) => `${spec.name}/${name} has not said what ${newest.id} would change over ${live}`);
  });
}
