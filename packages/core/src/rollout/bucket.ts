import { sha256Hex } from "../log/digest.ts";

/** Everything, in basis points. */
export const fullExposure = 10_000;

/**
 * Where a client stands in a rollout's order, 0 to 9,999: exposed when the exposure in basis points is greater than that.
 * A hash of the rollout's salt and the client's id, so that the order is fixed within a rollout and another in the next.
 * @param sha256 SHA-256 as lower-case hex, for a host that has a faster one
 */
export function bucketOf(salt: string, clientId: string, sha256: (text: string) => string = sha256Hex): number {
  // 32 bits over 10,000: the first 7,296 buckets are larger by one part in 429,496.
  return Number.parseInt(sha256(`${salt}\n${clientId}`).slice(0, 8), 16) % fullExposure;
}

/**
 * Where a client stands within its bucket too, 0 to under 10,000: its bucket, and 32 more bits of the same hash as a fraction. For shares of large
 * fleets in which a basis point is many clients.
 */
export function placeOf(salt: string, clientId: string, sha256: (text: string) => string = sha256Hex): number {
  const digest = sha256(`${salt}\n${clientId}`);
  return (Number.parseInt(digest.slice(0, 8), 16) % fullExposure) + Number.parseInt(digest.slice(8, 16), 16) / 2 ** 32;
}

/** Whether a client is among a share. One of whole basis points takes in whole buckets. */
export function isExposed(
  exposure: { readonly basisPoints: number; readonly salt: string },
  clientId: string,
  sha256: (text: string) => string = sha256Hex,
): boolean {
  if (exposure.basisPoints >= fullExposure) return true;
  if (!(exposure.basisPoints > 0)) return false;
  return placeOf(exposure.salt, clientId, sha256) < exposure.basisPoints;
}
