/** More gates than this are counted, not told one by one. */
const toldMost = 4;

interface Told {
  readonly gate: string;
  readonly reason: string;
}

/** Gates that are closed, for a sentence: each with its reason, or where they are many, how many of each kind. */
export function gatesInWords(closed: readonly Told[], told: (gate: Told) => string): string {
  if (closed.length <= toldMost) return closed.map(told).join("; ");
  const counts = new Map<string, number>();
  for (const { gate } of closed) counts.set(gate, (counts.get(gate) ?? 0) + 1);
  const kinds = [...counts].map(([gate, count]) => (count === 1 ? gate : `${gate} (${count})`));
  return `${closed.length} gates: ${kinds.join(", ")}`;
}
