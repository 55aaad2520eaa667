import { sha256Hex } from "@sluice/core/log/digest.ts";

/**
 * The place of a client in a rollout's order, in basis points: the first 32 bits of SHA-256 of salt, line feed and name, modulo 10,000, and the
 * next 32 bits as a fraction.
 */
export function placeOf(salt: string, client: string): number {
  const digest = sha256Hex(`${salt}\n${client}`);
  const [bucket = 0, within = 0] = [digest.slice(0, 8), digest.slice(8, 16)].map((hex) => Number.parseInt(hex, 16));
  return (bucket % 10_000) + within / 2 ** 32;
}
