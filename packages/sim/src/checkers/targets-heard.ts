import type { SealedEvent } from "@sluice/core/log/event.ts";
import { copiesFeed, outsideTargets } from "@sluice/core/targets/outside.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { contentIn, Demands } from "../chronicle/demands.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** How long a target may fail that may work later, before that counts, in ms. */
const giveUpMs = 900_000;

/** What was heard last of a target that does not have what is asked. */
interface Heard {
  readonly about: string;
  /** Since when it fails; undefined: it does not fail. */
  readonly failsSince: number | undefined;
  /** What it waits for; undefined: it does not wait. */
  readonly waitsFor: string | undefined;
}

/** What the log says of targets they have said, of what is asked now; a failure that may pass counts only once it has lasted. */
export const targetsHeard: CheckerKind = {
  guards: "what the log says of a target it has said itself, of what is asked of it now, and once",
  create() {
    const demands = new Demands();
    const heard = new Map<string, Heard>();
    return (world) =>
      demands.readOn(world, (event) => {
        switch (event.type) {
          case "TargetApplied":
            heard.delete(placeOf(event));
            return notAsked(demands, event) ?? notSaid(world, demands, event) ?? outOfTurn(world, demands, event);
          case "TargetFailed":
            return notAsked(demands, event) ?? failed(world, heard, event);
          case "TargetDeferred":
            return notAsked(demands, event) ?? deferred(world, heard, event);
          default:
            return undefined;
        }
      });
  },
};

const placeOf = ({ data }: SealedEvent) => `${data.stage}/${data.target}`;

function notAsked(demands: Demands, event: SealedEvent): string | undefined {
  const { type, data } = event;
  const asked = demands.of(String(data.stage));
  if (asked?.seq !== data.asked) return `event ${asked?.seq} asks something of ${placeOf(event)}, not ${data.asked}`;
  if (type !== "TargetApplied") return undefined;
  const leaving = data.leaving === undefined ? undefined : String(data.leaving);
  if (asked?.content === contentIn(data) && asked.leaving === leaving) return undefined;
  return `${placeOf(event)} has ${contentIn(data)}, and ${asked?.content} is asked of it`;
}

const saidOf = (world: World, event: SealedEvent) =>
  world.targets.said.get(`${placeOf(event)}@${event.data.asked}`) ?? new Set();

function notSaid(world: World, demands: Demands, event: SealedEvent): string | undefined {
  const said = saidOf(world, event);
  const place = placeOf(event);
  if (!said.has("done")) return `${place} did not say that it is done`;
  const { data } = event;
  const target = outsideTargets(demands.told.spec(String(data.stage))).find(({ name }) => name === data.target);
  // One that was configured otherwise when it began is not known here.
  if (target === undefined || target.config !== data.config) return undefined;
  const { command, kubernetes } = target.spec;
  if ((command === undefined || command.verify !== undefined) && !said.has("verified"))
    return `nobody looked whether ${place} has it`;
  return kubernetes?.rollout !== undefined && data.leaving === undefined && !said.has("exposed")
    ? `nobody told ${place} who is to have it`
    : undefined;
}

/** Each waits for those before it, but on the way back, where each goes as soon as it can; copies of the feed wait for the feed. */
function outOfTurn(world: World, demands: Demands, event: SealedEvent): string | undefined {
  const { data } = event;
  const stage = String(data.stage);
  const targets = outsideTargets(demands.told.spec(stage));
  const turn = targets.findIndex(({ name, config }) => name === data.target && config === data.config);
  const target = targets[turn];
  if (target === undefined) return undefined;
  if (copiesFeed(target)) {
    const begun = world.targets.begun.get(`${placeOf(event)}@${data.asked}`) ?? 0;
    if (begun < (demands.publishedAt(Number(data.asked)) ?? Number.POSITIVE_INFINITY))
      return `${placeOf(event)} is a copy of what was not published when it was made`;
  }
  // With another pipeline one that was done may have to be done again.
  if (demands.pipelineSeq > Number(data.asked)) return undefined;
  const before = targets.slice(0, turn).find(({ name, config }) => !demands.isMet(stage, name, config));
  return before && data.leaving === undefined ? `${before.name} comes before ${placeOf(event)}` : undefined;
}

function failed(world: World, heard: Map<string, Heard>, event: SealedEvent): string | undefined {
  const { data } = event;
  const about = `${data.asked} ${data.config}`;
  const place = placeOf(event);
  const before = heard.get(place);
  const at = fromRfc3339(event.at);
  const since = before?.about === about ? (before.failsSince ?? at) : at;
  heard.set(place, { about, failsSince: since, waitsFor: undefined });
  const said = saidOf(world, event);
  if (data.retryable === true) return said.has("retryable") ? undefined : `${place} did not say that it failed`;
  if (said.has("broken")) return undefined;
  return said.has("retryable") && at - since >= giveUpMs
    ? undefined
    : `${place} did not say that it never will, and has failed for ${at - since} ms`;
}

function deferred(world: World, heard: Map<string, Heard>, event: SealedEvent): string | undefined {
  const { data } = event;
  const about = `${data.asked} ${data.config}`;
  const place = placeOf(event);
  const before = heard.get(place);
  heard.set(place, { about, failsSince: undefined, waitsFor: String(data.reason) });
  if (!saidOf(world, event).has("waits")) return `${place} did not say that it waits`;
  return before?.about === about && before.waitsFor === data.reason ? "it was said before" : undefined;
}
