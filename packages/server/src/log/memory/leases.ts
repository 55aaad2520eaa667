import type { Lease } from "../store.ts";
import type { MemoryDatabase } from "./database.ts";

/** Takes or renews a lease; undefined while another holder has it. */
export function acquireLease(
  { clock, leases }: MemoryDatabase,
  name: string,
  holder: string,
  ttlMs: number,
): Lease | undefined {
  const now = clock.now();
  const held = leases.get(name);
  const expired = held === undefined || held.expiresAt <= now;
  if (!expired && held.holder !== holder) return undefined;
  const lease = { name, holder, fence: (held?.fence ?? 0) + (expired ? 1 : 0), expiresAt: now + ttlMs };
  leases.set(name, lease);
  return lease;
}

/** Gives a lease back. Its entry stays: a fence must grow for ever. */
export function releaseLease({ leases }: MemoryDatabase, name: string, holder: string): void {
  const held = leases.get(name);
  if (held?.holder === holder) leases.set(name, { ...held, expiresAt: Number.NEGATIVE_INFINITY });
}
