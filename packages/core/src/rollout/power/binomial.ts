/** The chances of `first`, `first + 1`, … failures; what is left out on both sides is less than one in ten billion. */
export interface Chances {
  readonly first: number;
  readonly of: Float64Array;
}

const negligible = 1e-13;

/** How likely each number of failures is among `clients` that each fail with probability `rate` (fraction). */
export function failuresAmong(clients: number, rate: number): Chances {
  if (rate <= 0) return { first: 0, of: Float64Array.of(1) };
  if (rate >= 1) return { first: clients, of: Float64Array.of(1) };
  const mode = Math.min(clients, Math.floor((clients + 1) * rate));
  const odds = rate / (1 - rate);
  // Relative to the mode, so that nothing under- or overflows; the sum of a distribution is known.
  const above: number[] = [];
  for (let k = mode, chance = 1; k < clients; k++) {
    chance *= ((clients - k) / (k + 1)) * odds;
    if (chance < negligible) break;
    above.push(chance);
  }
  const below: number[] = [];
  for (let k = mode, chance = 1; k > 0; k--) {
    chance *= k / ((clients - k + 1) * odds);
    if (chance < negligible) break;
    below.push(chance);
  }
  const of = Float64Array.from([...below.reverse(), 1, ...above]);
  const sum = of.reduce((total, chance) => total + chance, 0);
  return { first: mode - below.length, of: of.map((chance) => chance / sum) };
}
