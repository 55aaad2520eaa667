/** Gives so many bytes that nobody can foresee. In production the system's; the simulation has its own. */
export type RandomBytes = (count: number) => Buffer;

/** Makes a token's secret: 256 random bits. The prefix lets scanners find one that was committed by mistake. */
export function newSecret(random: RandomBytes): string {
  return `sluice_${random(32).toString("base64url")}`;
}
