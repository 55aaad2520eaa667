import type { TargetSpec } from "@sluice/core/targets/schema.ts";
import { canPlan } from "@sluice/core/targets/to-plan.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import { TargetDeferral } from "@sluice/server/targets/deferral.ts";
import { TargetFailure } from "@sluice/server/targets/failure.ts";
import type { OpenTarget } from "@sluice/server/targets/open.ts";
import { type Capability, newestOf, type Order, type Target } from "@sluice/server/targets/target.ts";
import type { Random } from "../fleet/random.ts";
import type { Faults } from "./faults.ts";

/** What a target said of an order: it is done, shared out, or as it should be; it may work later; it never will; it waits. */
type Said = "done" | "exposed" | "verified" | "retryable" | "broken" | "waits";

interface Options {
  readonly clock: Clock;
  readonly faults: () => Faults;
  /** Draws who waits for whom, and which look is wrong. */
  readonly random: Random;
}

const minute = 60_000;
const hour = 60 * minute;

/** What is live outside of the server, which outlives it, and all that targets ever said of it. */
export class SimulatedTargets {
  readonly #options: Options;
  /** By stage and target, the version there. */
  readonly live = new Map<string, string | null>();
  /** Where somebody else has changed what is live since a server did: what it was before. */
  readonly meddled = new Map<string, string | null>();
  /** By place and the event that asks: what was said of it. */
  readonly said = new Map<string, Set<Said>>();
  /** By place and the event that asks: when a server began last to do it, ms since the epoch. */
  readonly begun = new Map<string, number>();
  /** By place and promotion: every plan that was told. */
  readonly plans = new Map<string, Set<string>>();
  /** By place: when a server last had reason enough to believe that it is not as it should be, ms since the epoch. */
  readonly doubted = new Map<string, number>();
  /** Until when orders wait for somebody, ms since the epoch. */
  readonly #waiting = new Map<string, number>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** The targets as a server reaches them; what it is killed in the midst of goes no further. */
  openFor = (isAlive: () => boolean): OpenTarget => {
    const looks = new Map<string, { readonly doubt: "differs" | "unknown"; readonly count: number }>();
    return (spec) => this.#target(spec, isAlive, looks);
  };

  /** Somebody else changes what is live at a place, or puts it back as it was. */
  meddle(place: string, version: string | null): void {
    if (!this.meddled.has(place)) this.meddled.set(place, this.live.get(place) ?? null);
    this.live.set(place, version);
    if (this.meddled.get(place) === version) this.meddled.delete(place);
  }

  /** Whatever was changed is put back, and nobody waits any more. */
  settle(): void {
    for (const [place, version] of this.meddled) this.live.set(place, version);
    this.meddled.clear();
    this.#waiting.clear();
  }

  /** Whether an order waits for somebody. */
  waits(id: string): boolean {
    return (this.#waiting.get(id) ?? 0) > this.#options.clock.now();
  }

  #target(spec: TargetSpec, isAlive: () => boolean, looks: Looks): Target {
    const apply = async (order: Order, signal: AbortSignal) => {
      this.begun.set(keyOf(order), this.#options.clock.now());
      const faults = this.#work(order);
      const halfMs = Math.ceil(faults.weather.effectMs / 2);
      await this.#pass(halfMs, signal);
      if (!isAlive()) return new Promise<never>(() => {});
      this.#wait(order);
      const place = placeOf(order);
      this.live.set(place, newestOf(order)?.version ?? null);
      this.meddled.delete(place);
      await this.#pass(halfMs, faults.target === "goes-on" ? new AbortController().signal : signal);
      if (faults.target === "loses-answers") throw this.#fails(order, "the connection was cut");
      this.#say(order, "done");
      return {};
    };
    const can = new Set<Capability>(["deploy", "rollback"]);
    const target: Target = { can, deploy: apply, rollback: apply };
    const { command, kubernetes } = spec;
    if (kubernetes?.rollout !== undefined) {
      can.add("expose");
      target.expose = async (order) => {
        this.#work(order);
        this.#say(order, "exposed");
        return {};
      };
    }
    if (command === undefined || command.verify !== undefined) {
      can.add("verify");
      target.verify = (order, signal) => this.#verify(order, signal, looks);
    }
    if (canPlan(spec)) {
      can.add("plan");
      target.plan = (order, signal) => this.#plan(order, signal);
    }
    return target;
  }

  /** @throws TargetFailure where it is at fault */
  #work(order: Order): Faults {
    const faults = this.#options.faults();
    if (faults.target !== "none") faults.strike(`${placeOf(order)} is asked, which is at fault: ${faults.target}`);
    if (faults.target === "refuses") throw this.#fails(order, "it does not answer");
    if (faults.target !== "broken") return faults;
    this.#say(order, "broken");
    throw new TargetFailure("it cannot do that", { retryable: false });
  }

  /** @throws TargetDeferral where somebody outside has not done their part yet */
  #wait(order: Order): void {
    const { clock, faults, random } = this.#options;
    const now = clock.now();
    let until = this.#waiting.get(order.id);
    if (until === undefined || until <= now) {
      // Who has looked at it may have to do so again, if it is done again.
      const rate = faults().weather.targetsWait / (until === undefined ? 1 : 2);
      until = random.chance(rate) ? now + random.below(36) * hour : 0;
      this.#waiting.set(order.id, until);
    }
    if (until <= now) return;
    faults().strike(`${placeOf(order)} waits for somebody`);
    this.#say(order, "waits");
    const reason = until - now > 12 * hour ? "nobody has looked at it yet" : "somebody looks at it";
    throw new TargetDeferral(reason, { againMs: (10 + random.below(90)) * minute });
  }

  async #verify(order: Order, signal: AbortSignal, looks: Looks) {
    const { faults, random, clock } = this.#options;
    const place = placeOf(order);
    const doubt = (kind: "differs" | "unknown") => {
      const before = looks.get(place);
      const count = before?.doubt === kind ? before.count + 1 : 1;
      looks.set(place, { doubt: kind, count });
      if (count >= (kind === "differs" ? 2 : 3)) this.doubted.set(place, clock.now());
    };
    try {
      this.#work(order);
      await this.#pass(minute, signal);
    } catch (error) {
      doubt("unknown");
      throw error;
    }
    const [is, should] = [this.live.get(place) ?? null, newestOf(order)?.version ?? null];
    const blinks = !looks.has(place) && random.chance(faults().weather.targetsBlink);
    if (blinks) faults().strike(`${place} is not itself for a moment`);
    const agrees = is === should && !blinks;
    if (agrees) looks.delete(place);
    else doubt("differs");
    this.#say(order, agrees ? "verified" : "retryable");
    return { agrees, text: `${blinks ? "nothing" : is} is live`, evidence: {} };
  }

  async #plan(order: Order, signal: AbortSignal) {
    const [promotion = ""] = order.id.split("#").slice(-1);
    const key = `${order.stage}/${order.id.slice(order.id.lastIndexOf("/") + 1, order.id.lastIndexOf("#"))} ${promotion}`;
    const told = this.plans.get(key) ?? new Set();
    this.plans.set(key, told);
    const { target, weather } = this.#options.faults();
    if (target === "refuses" || target === "broken") {
      told.add("it does not answer");
      throw new TargetFailure("it does not answer", { retryable: target === "refuses" });
    }
    await this.#pass(Math.ceil(weather.effectMs / 4), signal);
    const text = `${newestOf(order)?.version} instead of ${this.live.get(key.slice(0, key.indexOf(" "))) ?? "nothing"}`;
    told.add(text);
    return { changes: true, text };
  }

  #say(order: Order, what: Said): void {
    const key = keyOf(order);
    const said = this.said.get(key) ?? new Set();
    this.said.set(key, said.add(what));
  }

  #fails(order: Order, why: string): TargetFailure {
    this.#say(order, "retryable");
    return new TargetFailure(why, { retryable: true });
  }

  /** Lets time pass, unless it is stopped before. */
  #pass(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const stopped = () => reject(new TargetFailure("it was stopped", { retryable: true }));
      if (signal.aborted) {
        stopped();
        return;
      }
      const cancel = clock.wakeAt(clock.now() + ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      const stop = () => {
        cancel();
        stopped();
      };
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

type Looks = Map<string, { readonly doubt: "differs" | "unknown"; readonly count: number }>;

function keyOf(order: Order): string {
  return `${placeOf(order)}@${order.asked}`;
}

/** `stage/target` */
function placeOf({ id, app }: Order): string {
  return id.slice(app.length + 1, id.lastIndexOf("@"));
}
