import type { UpdateCheck } from "@sluice/server/http/check/check.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { Download } from "../world/update-checks.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

interface Places {
  readonly taken: Map<string, { readonly answered: number; readonly until: number }>;
  /** Client → how many of its questions are not answered yet, and whether there were several at once. */
  readonly open: Map<string, { readonly count: number; readonly several: boolean }>;
  /** Client → when it said last how something went, in the server's order. */
  readonly lastEnded: Map<string, number>;
  /** The latest that its clock ever said: what has ended by a clock that was ahead has ended. */
  latest: number;
}

/**
 * A server offers something new to nobody while as many clients as the stage allows have been offered something by it, have not said how it went, and
 * asked last less long ago than the stage says. What was answered after a client asked does not count for it.
 */
export const downloadsKept: CheckerKind = {
  guards: "no more clients download from a server at once than the stage allows",
  create() {
    const told = new Chronicle();
    let seen = 0;
    const servers = new Map<UpdateCheck, Map<string, Places>>();
    return (world, fleet) => {
      const { downloads } = fleet.checks;
      for (; seen < downloads.length; seen++) {
        const download = downloads[seen];
        if (download === undefined) break;
        if (download.kind === "offered" && download.seq > told.seq) told.readTo(world, download.seq);
        const isEdited = download.kind === "offered" && wasEdited(world, download.asked, download.seq);
        const wrong = tooMany(told, servers, download, { at: seen, isEdited });
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    };
  },
};

function tooMany(
  told: Chronicle,
  servers: Map<UpdateCheck, Map<string, Places>>,
  download: Download,
  { at, isEdited }: { readonly at: number; readonly isEdited: boolean },
): string | undefined {
  const { check, channel, client } = download;
  const places = placesOf(servers, check, channel);
  const { taken, open, lastEnded } = places;
  const { count = 0, several = false } = open.get(client) ?? {};
  if (download.kind !== "offered") {
    // Whoever asks again may have no use for its place any more, or takes it anew.
    taken.delete(client);
    if (download.kind === "ended") lastEnded.set(client, at + 1);
    if (download.kind === "answered") open.set(client, { count: count - 1, several });
    if (download.kind === "asked") {
      open.set(client, { count: count + 1, several: count > 0 });
      places.latest = Math.max(places.latest, download.now);
    }
    return undefined;
  }
  const { askedAt, inOrder, seq } = download;
  const limit = told.spec(channel)?.downloads;
  // Where the log tells of more by now, or a person has edited the stage meanwhile, the limit may be another; and whoever asks
  // several times at once may have lost its place by another answer, or by what it said meanwhile of that.
  const isEnded = several || (lastEnded.get(client) ?? 0) > inOrder;
  if (limit === undefined || isEdited || told.seq !== seq || isEnded) {
    taken.delete(client);
    return undefined;
  }
  const others = [...taken.values()].filter(({ answered, until }) => answered < inOrder && until > places.latest);
  taken.set(client, { answered: at, until: askedAt + limit.for });
  return others.length < limit["at-most"]
    ? undefined
    : `${client} of ${channel} may download beside ${others.length} others, and ${limit["at-most"]} may at once`;
}

/** Whether the stages came to be others while a server was still to answer. */
function wasEdited(world: World, from: number, to: number): boolean {
  return world
    .log()
    .slice(from, to)
    .some(({ type }) => type === "PipelineApplied");
}

function placesOf(servers: Map<UpdateCheck, Map<string, Places>>, check: UpdateCheck, channel: string): Places {
  const channels = servers.get(check) ?? new Map<string, Places>();
  servers.set(check, channels);
  const places = channels.get(channel) ?? { taken: new Map(), open: new Map(), lastEnded: new Map(), latest: 0 };
  channels.set(channel, places);
  return places;
}
