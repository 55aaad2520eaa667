import type { Release } from "@sluice/core/application/state.ts";
import type { Content } from "@sluice/core/targets/demand.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { carryOut } from "./carry-out.ts";
import { TargetDeferral } from "./deferral.ts";
import { TargetFailure } from "./failure.ts";
import { capabilities, type Order, type Target } from "./target.ts";

/** One real world in which a target can be tried. */
export interface TargetSetup {
  /** A target that knows nothing of those before it, as after a restart. */
  open(): Target;
  readonly older: Release;
  readonly newer: Release;
  /** What is really live, seen from outside and not by the target's own means. */
  live(): Promise<Content>;
  /** How many changes were made outside so far. */
  changes(): number;
  /** Somebody outside does what the target waits for; absent: it waits for nobody. */
  grant?(): Promise<void>;
  /** Everything breaks off for good after so many more changes, as in a kill; undefined mends it. */
  cutAfter(changes: number | undefined): void;
  remove(): Promise<void>;
}

let asked = 0;

/** An order of application `myapp` in stage `production`, with a number of its own. */
export function orderFor(order: Pick<Order, "main" | "trial" | "leaving">): Order {
  asked++;
  return { id: `myapp/production/it@${asked}`, app: "myapp", stage: "production", asked, ...order };
}

const patient = () => new AbortController().signal;

function wanted({ main, trial }: Order, shares: boolean): Content {
  if (trial !== undefined && !shares) return { main: trial.release.version };
  const content = { main: main?.version ?? null };
  return trial === undefined
    ? content
    : { ...content, trial: { version: trial.release.version, basisPoints: trial.basisPoints } };
}

/**
 * What every Target must do.
 * @param kind as the pipeline names it, and which of its ways where it has several: `traffic.haproxy`. A tidy test knows them all
 * @param setUp makes a fresh world in which nothing is live
 */
export function targetContract(kind: string, setUp: () => Promise<TargetSetup>): void {
  describe(`the contract, as ${kind}`, () => contract(setUp));
}

function contract(setUp: () => Promise<TargetSetup>): void {
  let world: TargetSetup;
  let shares: boolean;
  beforeEach(async () => {
    world = await setUp();
    shares = world.open().can.has("expose");
  });
  afterEach(() => world.remove());

  /** As the controller does it: what waits for somebody is called again once they have done it. */
  const carry = async (order: Order): Promise<void> => {
    for (let again = 0; ; again++) {
      const waits = await carryOut(world.open(), order, patient()).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (waits === undefined) return;
      if (!(waits instanceof TargetDeferral) || world.grant === undefined || again > 2) throw waits;
      await world.grant();
    }
  };
  /** What it says may be wrong in one way only: that something is missing which is there. */
  const saysNothingWrong = async (order: Order, when: string): Promise<void> => {
    const found = await world
      .open()
      .verify?.(order, patient())
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(TargetFailure);
      });
    if (found?.agrees === true) expect(await world.live(), when).toEqual(wanted(order, shares));
  };
  /** Every kind of order that a stage gives, with the one before it. */
  const orders = (): { readonly name: string; readonly before: Order[]; readonly order: Order }[] => {
    const { older, newer } = world;
    const first = orderFor({ main: older });
    const trial = orderFor({ main: older, trial: { release: newer, basisPoints: 2_500 } });
    return [
      { name: "the first release", before: [], order: first },
      { name: "a trial", before: [first], order: trial },
      { name: "everybody", before: [first, trial], order: orderFor({ main: newer }) },
      { name: "the way back from a trial", before: [first, trial], order: orderFor({ main: older, leaving: newer }) },
      {
        name: "the way back from a release that everybody has",
        before: [first, orderFor({ main: newer })],
        order: orderFor({ main: older, leaving: newer }),
      },
    ];
  };
  const names = ["the first release", "a trial", "everybody", "the way back from a trial"];
  const find = (name: string) => {
    const found = orders().find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no order "${name}"`);
    return found;
  };

  it("can what it names, and nothing else", () => {
    const target = world.open();
    for (const capability of capabilities)
      expect(target[capability] !== undefined, capability).toBe(target.can.has(capability));
  });

  describe.each([...names, "the way back from a release that everybody has"])("%s", (name) => {
    it("is live when it is done, and doing it again changes nothing", async () => {
      const { before, order } = find(name);
      for (const each of before) await carry(each);
      await carry(order);
      expect(await world.live()).toEqual(wanted(order, shares));
      const done = world.changes();
      await carry(order);
      expect(world.changes()).toBe(done);
      expect(await world.live()).toEqual(wanted(order, shares));
    });

    it("is done by the next try, wherever the one before was killed", async () => {
      for (let kill = 0; ; kill++) {
        const { before, order } = find(name);
        for (const each of before) await carry(each);
        const from = world.changes();
        world.cutAfter(kill);
        const outcome = await carry(order).then(
          () => "done",
          (error: unknown) => error,
        );
        world.cutAfter(undefined);
        if (outcome !== "done") expect(outcome).toBeInstanceOf(TargetFailure);
        else expect(await world.live(), `said to be done, killed after ${kill}`).toEqual(wanted(order, shares));
        await saysNothingWrong(order, `said to agree, killed after ${kill}`);
        await carry(order);
        expect(await world.live(), `killed after ${kill}`).toEqual(wanted(order, shares));
        if (outcome === "done" && world.changes() - from <= kill) return;
        expect(kill, "changes that one order makes").toBeLessThan(100);
        await world.remove();
        world = await setUp();
      }
    });
  });

  it("says what is live when it is asked, where it can", async () => {
    const target = world.open();
    const order = orderFor({ main: world.newer });
    if (target.verify === undefined) return;
    await carry(orderFor({ main: world.older }));
    expect(await target.verify(order, patient())).toMatchObject({ agrees: false });
    await carry(order);
    expect(await target.verify(order, patient())).toMatchObject({ agrees: true });
  });

  it("says what would change, and changes nothing, where it can", async () => {
    const target = world.open();
    const order = orderFor({ main: world.newer });
    if (target.plan === undefined) return;
    const before = world.changes();
    expect(await target.plan(order, patient())).toMatchObject({ changes: true });
    expect(world.changes()).toBe(before);
    await carry(order);
    expect(await target.plan(order, patient())).toMatchObject({ changes: false });
  });

  it("does nothing once it was stopped", async () => {
    const before = world.changes();
    const stopped = carryOut(world.open(), orderFor({ main: world.newer }), AbortSignal.abort());
    await expect(stopped).rejects.toBeInstanceOf(TargetFailure);
    expect(world.changes()).toBe(before);
  });
}
