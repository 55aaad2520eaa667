import type { ToldPromotion } from "./told.ts";

/** Whom a wave is for: clients with one of the values, of every attribute named; the last takes whoever is left. */
interface Part {
  readonly match?: Readonly<Record<string, readonly string[]>>;
}

/** The wave of a client of a region, from 1; 0 where the stage is one. */
export function waveOfRegion(waves: readonly Part[], region: string): number {
  if (waves.length === 0) return 0;
  const index = waves.findIndex(({ match }) => match?.region?.includes(region));
  return index < 0 ? waves.length : index + 1;
}

/** What a wave asks for before the next begins, in words that say what is missing; undefined: nothing is. @param well clients of the stage that ever said so */
export function barred(
  promotion: ToldPromotion,
  at: number,
  { well, isYes }: { readonly well: number; readonly isYes: (promotion: ToldPromotion) => boolean },
): string | undefined {
  const { waves, wave, publishedAt, share } = promotion;
  const { name = "", barrier = {} } = waves[wave - 1] ?? {};
  if (share !== 10_000 || publishedAt === undefined) return `wave ${name} does not have it`;
  if (at - publishedAt < (barrier.hold ?? 0))
    return `wave ${name} had it for ${at - publishedAt} of ${barrier.hold} ms`;
  if (well < (barrier["min-clients"] ?? 0))
    return `${well} of ${barrier["min-clients"]} clients said that they are well`;
  // What somebody said before the whole wave had it is about something else.
  const yes = new Map([...promotion.yes].filter(([, said]) => said.at >= publishedAt));
  return barrier.approval === undefined || isYes({ ...promotion, yes })
    ? undefined
    : `nobody approved after wave ${name}`;
}
