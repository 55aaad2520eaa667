import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Updater } from "../updater.ts";

/** How often what is installed is looked at, and how often every file of it is read, ms. */
const intervalMs = 600_000;
const thoroughMs = 24 * 3_600_000;

/**
 * Looks after what is installed until the signal is aborted: at once, and then from time to time.
 * @param mayAsk whether the server may be asked for what was changed by hand
 */
export async function inspectRegularly(
  updater: Updater,
  { ports, log, mayAsk, signal }: { ports: Ports; log: Log; mayAsk: boolean; signal: AbortSignal },
): Promise<void> {
  let readAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const now = ports.clock.now();
    const thorough = now >= readAtMs + thoroughMs || now < readAtMs;
    if (thorough) readAtMs = now;
    await updater.inspect({ thorough, mayAsk }, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn("What is installed could not be looked at", { why: String(error) });
    });
    await ports.clock.sleep(intervalMs * (0.9 + ports.random() * 0.2), signal).catch(() => undefined);
  }
}
