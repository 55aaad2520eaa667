/** A share in basis points for people: 2,500 is `25%`, 125 is `1.25%`. */
export function shareText(basisPoints: number): string {
  return `${Number((basisPoints / 100).toPrecision(10))}%`;
}
