import type { ComponentDriver } from "../components/component.ts";
import { UpdaterError } from "../errors.ts";
import type { Ports } from "../ports/ports.ts";
import type { Place } from "../program/command.ts";
import type { Supervisor } from "../program/supervisor.ts";
import { type HealthCheck, probeAll } from "./probe.ts";

const firstPauseMs = 50;
const longestPauseMs = 2_000;
/** One question may take no longer, so that a hanging answer does not use up the whole time. */
const longestProbeMs = 10_000;
/** With less time left it is not asked again: it could only be told that the answer did not come in time. */
const shortestProbeMs = 50;

/**
 * Waits until a version is healthy. The program must run when the check passes, so that nobody else's answer counts.
 * @param patient whether the program may end and be started again meanwhile; otherwise its end is the verdict
 * @throws UpdaterError HEALTH_CHECK_FAILED after `timeoutMs`, or at once when the program has ended; the signal's reason
 */
export async function confirmHealth(options: {
  readonly ports: Ports;
  /** All of them must pass in one round. */
  readonly checks: readonly HealthCheck[];
  readonly drivers: readonly ComponentDriver[];
  readonly program: Supervisor | undefined;
  readonly place: Place;
  readonly timeoutMs: number;
  readonly patient: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { ports, checks, drivers, program, place, timeoutMs, signal } = options;
  const begun = ports.clock.now();
  const fail = (why: string) =>
    new UpdaterError("HEALTH_CHECK_FAILED", `Version ${place.version} is not healthy: ${why}`);
  let last: string | undefined;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
    const waitedMs = ports.clock.now() - begun;
    const ranMs = program?.ranMs() ?? waitedMs;
    const leftMs = timeoutMs - waitedMs;
    if (last !== undefined && leftMs < shortestProbeMs) throw fail(`${last} (for ${timeoutMs} ms)`);
    const stopped = program?.ended();
    if (stopped !== undefined && !options.patient) throw fail(`the program does not run: ${stopped}`);
    const asking = { place, ranMs, timeoutMs: Math.max(1, Math.min(leftMs, longestProbeMs)), signal };
    const bad = (await probeAll(checks, asking)) ?? (await problemOf(drivers, place, signal));
    signal.throwIfAborted();
    const ended = program?.ended();
    if (bad === undefined && ended === undefined) return;
    last = ended === undefined ? bad : `the program does not run: ${ended}`;
    await ports.clock.sleep(Math.min(pauseMs, Math.max(1, timeoutMs - (ports.clock.now() - begun))), signal);
  }
}

/** What the first component that is not well says. */
async function problemOf(
  drivers: readonly ComponentDriver[],
  place: Place,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { problem } of drivers) {
    const bad = await problem?.(place, signal);
    if (bad !== undefined) return bad;
  }
  return undefined;
}
