import { UpdaterError } from "../errors.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";

/** What a hook says: go on; no, go back; or not now, ask again after a while. */
export type Verdict = "go" | "back" | { readonly retryAfterMs: number };

/** A moment that a hook is asked about. `state` is the updater's, as its events tell it. */
export interface Moment {
  readonly when: "before" | "after";
  readonly state: string;
  readonly from?: string | undefined;
  readonly to: string;
}

/** Asked before and after each state of an update. It may be asked about the same moment again after a crash. */
export type Hook = (moment: Moment, signal: AbortSignal) => Promise<Verdict>;

/**
 * Asks a hook until it lets the update go on.
 * @param options.patienceMs so long "not now" is obeyed; then it counts as no
 * @throws UpdaterError HOOK_REFUSED; the signal's reason
 */
export async function askHook(
  hook: Hook,
  moment: Moment,
  options: { readonly patienceMs: number; readonly ports: Ports; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { patienceMs, ports, log, signal } = options;
  const begun = ports.clock.now();
  const name = `${moment.when} ${moment.state}`;
  for (;;) {
    const verdict = await hook(moment, signal);
    if (verdict === "go") return;
    if (verdict === "back") throw new UpdaterError("HOOK_REFUSED", `The hook ${name} said no to ${moment.to}`);
    if (ports.clock.now() - begun + verdict.retryAfterMs > patienceMs)
      throw new UpdaterError("HOOK_REFUSED", `The hook ${name} said "not now" to ${moment.to} for too long`);
    log.info("A hook puts the update off", { hook: name, forMs: verdict.retryAfterMs });
    await ports.clock.sleep(verdict.retryAfterMs, signal);
  }
}
