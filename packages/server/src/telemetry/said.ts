/**
 * All that one client has ever said of one version on one channel, as a set of bits. Order and repetition are gone from
 * it, so whatever follows from it is the same in every order and however often a report comes. See `counting.ts`.
 */
export type Said = number;

export const nothingSaid: Said = 0;
