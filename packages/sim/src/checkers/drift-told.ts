import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Pipeline, Stage } from "@sluice/core/pipeline/schema.ts";
import { type OutsideTarget, outsideTargets } from "@sluice/core/targets/outside.ts";
import { Demands } from "../chronicle/demands.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";
import { Overdue } from "./overdue.ts";
import { undisturbed } from "./undisturbed.ts";

const hour = 3_600_000;
/** How often a target is looked at where the pipeline does not say, in ms. */
const usualMs = 900_000;
/** What a look, a second one and the telling may take, in ms. */
const patienceMs = 1.5 * hour;
const slowWrites = 12;
/** How much longer what a look found may take to be stored, in slow writes of whatever comes before it. */
const slowQueue = 40;

/** Where something else is live than what a target brought about, that is found, told as an issue, and no more of once it is right again. */
export const driftTold: CheckerKind = {
  guards:
    "what somebody else changed at a target is found and told, what nobody changed is not, and what is right again is no more",
  create() {
    const demands = new Demands();
    /** By place: the issue that tells of it. */
    const drifted = new Map<string, string>();
    /** What the event before must be followed by. */
    let owed: { readonly type: string; readonly id: string } | undefined;
    /** How often each stage was looked at when that was seldom: what was planned with another pipeline stays planned. */
    const longest = new Map<string, number>();
    const overdue = new Overdue({ needsTurn: true });
    const isCalm = undisturbed();
    let looked = 0;
    return (world) => {
      const hear = (event: SealedEvent): string | undefined => {
        const { type, data } = event;
        if (owed !== undefined) {
          const { type: due, id } = owed;
          owed = undefined;
          if (type !== due || data.id !== id) return `${due} of ${id} is due`;
        }
        for (const spec of type === "PipelineApplied" ? (data.pipeline as unknown as Pipeline).stages : [])
          longest.set(spec.name, Math.max(longest.get(spec.name) ?? 0, every(spec)));
        const place = `${data.stage}/${data.target}`;
        if (type === "DriftFound") {
          if (drifted.has(place)) return `${place} has drifted already`;
          if (!isReasonable(world, place, looked)) return `${place} was not seen to differ for long enough`;
          if (data.version !== demands.of(String(data.stage))?.main) return `${data.version} should not be there`;
          drifted.set(place, String(data.issue));
          owed = { type: "IssueOpened", id: String(data.issue) };
        }
        if (type === "DriftGone") {
          const issue = drifted.get(place);
          if (issue === undefined) return `${place} had not drifted`;
          drifted.delete(place);
          if (demands.told.issues.has(issue)) owed = { type: "IssueResolved", id: issue };
        }
        return undefined;
      };
      const wrong = demands.readOn(world, hear);
      if (wrong !== undefined) return wrong;
      looked = world.clock.now();
      const laterMs = patienceMs + slowWrites * world.faults.weather.slowMs;
      const open = isCalm(world) ? wrongNow(world, demands, drifted) : [];
      return overdue.look(world, new Map(open.map(([what, stage]) => [what, (longest.get(stage) ?? 0) + laterMs])));
    };
  },
};

/** A server had reason enough lately: what it stores is stored later, at most as much as a few slow writes. */
function isReasonable(world: World, place: string, looked: number): boolean {
  const late = hour + slowQueue * world.faults.weather.slowMs;
  // The second look of a server that stood still may come long after the first, and targets are moved meanwhile.
  if (world.servers().some(({ stalledUntil }) => stalledUntil > looked - late)) return true;
  return (world.targets.doubted.get(place) ?? 0) >= looked - late;
}

/** What is not told as it is, of targets that are at rest, and the stage of each. */
function wrongNow(world: World, demands: Demands, drifted: ReadonlyMap<string, string>): [string, string][] {
  const found: [string, string][] = [];
  for (const spec of demands.told.stages) {
    const asked = demands.of(spec.name);
    // Where nothing should be, whatever is there is none of ours.
    if (spec.drift === false || asked === undefined || asked.main === null) continue;
    for (const target of outsideTargets(spec)) {
      if (!demands.isMet(spec.name, target.name, target.config) || !canSay(target)) continue;
      const place = `${spec.name}/${target.name}`;
      const is = world.targets.live.get(place) ?? null;
      if ((is === asked.newest) === drifted.has(place))
        found.push([
          `${place} ${drifted.has(place) ? "is right again" : "is not right"}, event ${asked.seq}, and the log tells otherwise`,
          spec.name,
        ]);
    }
  }
  return found;
}

const every = ({ drift }: Stage) => (typeof drift === "number" ? drift : usualMs);

function canSay({ spec: { command } }: OutsideTarget): boolean {
  return command === undefined || command.verify !== undefined;
}
