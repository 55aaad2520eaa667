import { Calendar } from "./calendar.ts";
import { ReportDelays } from "./delays.ts";
import { drawFate, fate } from "./fates.ts";
import { Ledger } from "./ledger.ts";
import type { Control, PolicyKind } from "./policy.ts";
import { Population } from "./population.ts";
import { Random } from "./random.ts";
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
  const random = new Random(seed);
  const tickMs = tickOf(fleet);
  const ticks = (ms: number) => Math.ceil(ms / tickMs);
  const delays = new ReportDelays(fleet.reportMs);
  const onset = ticks(scenario.onsetMs);
  const population = new Population(fleet, ticks(fleet.pollMs), random);
  const ledger = new Ledger(fleet.clients, fleet.attributeValues, {
    dueTicks: ticks(kind.deadlineMs),
    soakTicks: kind.soakMs === null ? null : ticks(kind.soakMs),
    ageTicks: kind.agesMs.map(ticks),
  });
  const calendar = new Calendar(2 * fleet.clients, ticks(delays.longestMs) + 1);
  const fates = new Uint8Array(fleet.clients);
  const policy = kind.start(fleet.clients);
  const every = policy.everyMs === null ? 1 : ticks(policy.everyMs);

  let share = 0;
  let sharedAt = 0;
  let room = 0;
  let roomByGroup = new Float64Array(fleet.attributeValues);
  let harmed = 0;
  let crashed = 0;
  let stoppedAt: number | null = null;
  /** When the clients that the release harms began to be taken back. */
  let endedAt: number | null = null;
  let spreadAt: number | null = null;
  let revision = -1;
  let haltedGroups = 0;
  const counted = (group: number) => scenario.attributeShare >= 1 || group === 0;
  const enough = Math.ceil(0.99 * fleet.clients);
  const period = ticks(fleet.pollMs);

  const obey = (control: Control, tick: number) => {
    if (control.stop) stoppedAt = tick;
    if (control.stop || (scenario.attributeShare < 1 && control.halt?.includes(0))) endedAt = tick;
    if (control.share !== undefined && control.share !== share) sharedAt = tick;
    for (const group of control.halt ?? []) {
      ledger.halt(group);
      population.halt(group);
      haltedGroups++;
    }
    if (control.share !== undefined) share = control.share;
    if (control.room !== undefined) room = control.room;
    if (control.roomByGroup) roomByGroup = Float64Array.from(control.roomByGroup);
  };
  const arrive = (id: number) => {
    if (id < fleet.clients) ledger.report(id, ((fates[id] ?? 0) & fate.fails) !== 0);
    else ledger.crash(id - fleet.clients, onset);
  };
  const install = (tick: number, group: number) => {
    const client = ledger.offer(tick, group);
    const bits = drawFate(random, fleet, scenario, group);
    fates[client] = bits;
    if (bits & fate.fails && counted(group)) harmed++;
    if (!(bits & fate.silent)) calendar.add(client, tick + Math.max(1, Math.round(delays.draw(random) / tickMs)));
    if (ledger.offered === enough) spreadAt = tick;
  };
  const crashUntil = (tick: number) => {
    while (crashed < ledger.offered && ledger.installTick(crashed) + onset <= tick) {
      const client = crashed++;
      const bits = fates[client] ?? 0;
      if (!(bits & fate.crashes) || savedBefore(ledger.installTick(client), onset, period, endedAt)) continue;
      if (counted(ledger.groupOf(client))) harmed++;
      if (endedAt === null && !(bits & fate.silent)) {
        calendar.add(fleet.clients + client, tick + Math.max(1, Math.round(delays.draw(random) / tickMs)));
      }
    }
  };

  const lastTick = ticks(longestMs);
  const afterwards = onset + ticks(delays.longestMs) + ticks(kind.deadlineMs) + 1;
  let allAt: number | null = null;
  for (let tick = 0; tick <= lastTick; tick++) {
    calendar.take(tick, arrive);
    ledger.advance(tick);
    if (onset > 0) crashUntil(tick);
    if (tick % every === 0 && (policy.everyMs !== null || revision !== ledger.revision || haltedGroups > 0)) {
      revision = ledger.revision;
      obey(policy.decide(tick * tickMs, ledger), tick);
    }
    if (endedAt !== null) break;
    if (allAt === null && population.remaining === 0) allAt = tick;
    if (allAt !== null && tick > allAt + afterwards) break;
    // Who is exposed and has polled once since the share rose has the release.
    if (share > 0 && tick < sharedAt + period) population.pollByShare(tick, share, install);
    else if (share === 0 && room > 0) room -= population.pollByRoom(tick, room, roomByGroup, install);
  }
  if (onset > 0) crashUntil(Number.POSITIVE_INFINITY);
  return {
    harmed,
    installed: ledger.offered,
    stoppedAtMs: stoppedAt === null ? null : stoppedAt * tickMs,
    haltedGroups,
    spreadAtMs: spreadAt === null ? null : spreadAt * tickMs,
  };
}

/** One second; less for fleets that poll or report very often, more for those that seldom poll. */
function tickOf({ pollMs, reportMs }: Fleet): number {
  return Math.max(1, Math.min(Math.max(1000, pollMs / 43_200), pollMs / 360, reportMs / 60));
}

/** After a stop each client goes back at its next poll: those that poll before their crash are saved. */
function savedBefore(installed: number, onset: number, period: number, endedAt: number | null): boolean {
  if (endedAt === null) return false;
  const polls = Math.floor((endedAt - installed) / period) + 1;
  return polls * period < onset;
}
