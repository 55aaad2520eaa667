import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";
import { undisturbed } from "./undisturbed.ts";

/** How often somebody is tried to be told before it is put down that they missed it. */
const tries = 4;

/** News are told in their order, once by each life of a server, and the log says who was told and who was not. That none is left out is not demanded. */
export const peopleTold: CheckerKind = {
  guards: "people are told once, in order, and the log says who was told",
  create() {
    const isCalm = undisturbed();
    let lastAbout = 0;
    let seen = 0;
    let seenEvents = 0;
    const reached = new Set<string>();
    return (world) => {
      const calm = isCalm(world);
      if (!calm) reached.clear();
      const { answerLost, readsFail } = world.faults.weather;
      const twice = answerLost + readsFail > 0 ? undefined : toldTwice(world, seen, calm ? reached : undefined);
      seen = world.recipients.told.length;
      if (twice !== undefined) return twice;
      const log = world.log();
      for (const event of log.slice(seenEvents)) {
        if (event.type !== "PeopleTold") continue;
        const about = Number(event.data.about);
        if (about <= lastAbout) return `event ${event.seq} says what was told before, of event ${about}`;
        lastAbout = about;
        const wrong = saidSo(world, event);
        if (wrong !== undefined) return wrong;
      }
      seenEvents = log.length;
      return undefined;
    };
  },
};

/** @param reached what each life of a server has told; undefined: it may have led twice since the look before */
function toldTwice(world: World, from: number, reached: Set<string> | undefined): string | undefined {
  // Of two servers that both believe that they lead, one may have put down what the other is about to tell.
  const isAlone = world.servers().length === 1 && world.faults.weather.slowReadsMs === 0;
  for (const { name, seq, life, heard, late } of world.recipients.told.slice(from)) {
    if (late && isAlone) return `${name} was told of event ${seq} although the log said that people were`;
    const key = `${name} ${seq} ${life}`;
    if (reached?.has(key)) return `${name} was told of event ${seq} twice`;
    // Whose answer was lost is told again.
    if (heard) reached?.add(key);
  }
  return undefined;
}

/** Whoever is said to have been reached was, and whoever was missed was tried often enough. */
function saidSo(world: World, { data }: SealedEvent): string | undefined {
  const about = Number(data.about);
  for (const name of data.to as readonly string[])
    if (!world.recipients.told.some((one) => one.name === name && one.seq === about))
      return `${name} was not told of event ${about}`;
  for (const name of data.missed as readonly string[])
    if ((world.recipients.refused.get(`${name} ${about}`) ?? 0) < tries)
      return `${name} would have heard of event ${about}, had it been tried`;
  return undefined;
}
