import { Audience, tickOf } from "./audience.ts";
import type { Control, PolicyKind } from "./policy.ts";
import type { Fleet, Scenario } from "./scenario.ts";

const hour = 3_600_000;

export interface Outcome {
  /** Clients whose install failed or that crashed, the baseline included; of the affected group alone where there is one. */
  readonly harmed: number;
  readonly installed: number;
  /** When the release was stopped, or null. */
  readonly stoppedAtMs: number | null;
  /** How many groups were halted alone; a run ends when the affected one is. */
  readonly haltedGroups: number;
  /** When 99 % of the clients had it, or null. */
  readonly spreadAtMs: number | null;
}

export interface Run {
  readonly fleet: Fleet;
  readonly scenario: Scenario;
  readonly policy: PolicyKind;
  readonly seed: number;
  /** After this a run ends undecided; by default 60 days and ten polls. */
  readonly longestMs?: number;
}

/** One release on one fleet under one policy. The same seed gives the same outcome. */
export function simulate({
  fleet,
  scenario,
  policy: kind,
  seed,
  longestMs = 60 * 24 * hour + 10 * fleet.pollMs,
}: Run): Outcome {
  const tickMs = tickOf(fleet);
  const ticks = (ms: number) => Math.ceil(ms / tickMs);
  const audience = new Audience(fleet, scenario, kind, tickMs, seed);
  const { ledger } = audience;
  const policy = kind.start(fleet.clients);
  const every = policy.everyMs === null ? 1 : ticks(policy.everyMs);

  let byRoom = false;
  let room = 0;
  let roomByGroup = new Float64Array(fleet.attributeValues);
  let stoppedAt: number | null = null;
  let revision = -1;
  let haltedGroups = 0;

  const obey = (control: Control, tick: number) => {
    if (control.stop) stoppedAt = tick;
    if (control.stop || (scenario.attributeShare < 1 && control.halt?.includes(0))) audience.endedAt = tick;
    for (const group of control.halt ?? []) {
      audience.halt(group);
      haltedGroups++;
    }
    if (control.share !== undefined) audience.expose(control.share, tick);
    if (control.letIn !== undefined) audience.letInByShare(control.letIn, tick);
    if (control.room !== undefined) {
      byRoom = true;
      room = control.room;
    }
    if (control.roomByGroup) roomByGroup = Float64Array.from(control.roomByGroup);
  };

  const lastTick = ticks(longestMs);
  let allAt: number | null = null;
  for (let tick = 0; tick <= lastTick; tick++) {
    audience.pass(tick);
    if (tick % every === 0 && (policy.everyMs !== null || revision !== audience.revision || haltedGroups > 0)) {
      revision = audience.revision;
      obey(policy.decide(tick * tickMs, ledger, audience), tick);
    }
    if (audience.endedAt !== null) break;
    if (allAt === null && audience.remaining === 0) allAt = tick;
    if (allAt !== null && tick > allAt + audience.afterwards) break;
    if (!byRoom) audience.pollByShare(tick);
    else if (room > 0) room -= audience.pollByRoom(tick, room, roomByGroup);
  }
  audience.finish();
  return {
    harmed: audience.harmed,
    installed: ledger.offered,
    stoppedAtMs: stoppedAt === null ? null : stoppedAt * tickMs,
    haltedGroups,
    spreadAtMs: audience.spreadAt === null ? null : audience.spreadAt * tickMs,
  };
}
