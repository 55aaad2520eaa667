import { attributeValue, groupsOf, type Member } from "../groups.ts";

/** Whom a wave is for: clients with one of the values, of every attribute named. */
export interface WaveMatch {
  readonly name: string;
  readonly match?: Readonly<Record<string, readonly string[]>>;
}

/** The number of the wave that a client belongs to, from 1: the first that matches it, or the last. */
export function waveOf(waves: readonly WaveMatch[], member: Member): number {
  const index = waves.findIndex(({ match }) => match !== undefined && matches(match, member));
  return index < 0 ? waves.length : index + 1;
}

function matches(match: NonNullable<WaveMatch["match"]>, member: Member): boolean {
  return Object.entries(match).every(([name, values]) => {
    const value = attributeValue(member, name);
    return value !== undefined && values.includes(value);
  });
}

/** The groups under which a client is counted where exposure is paid for with evidence: those of its attributes, and its wave. */
export function countedGroups(
  member: Member,
  attributes: readonly string[],
  waves: readonly WaveMatch[] | undefined,
): string[] {
  const wave = waves?.[waveOf(waves, member) - 1];
  return [...(wave === undefined ? [] : [waveGroup(wave)]), ...groupsOf(member, attributes)];
}

/**
 * The name under which the clients of a wave are counted as a group of their own, where exposure is paid for with evidence. No attribute
 * can make a group of that name.
 */
export function waveGroup({ name }: WaveMatch): string {
  return `wave ${name}`;
}
