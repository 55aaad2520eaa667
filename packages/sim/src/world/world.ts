import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import { ControlPlane } from "@sluice/server/control-plane/control-plane.ts";
import { ServedFeeds } from "@sluice/server/control-plane/served-feeds.ts";
import { Controller } from "@sluice/server/controller/controller.ts";
import { createMemoryDatabase, type MemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { openMemory } from "@sluice/server/log/memory/open.ts";
import type { StoredAttempt } from "@sluice/server/telemetry/memory/attempts.ts";
import type { ReportCounts } from "@sluice/server/telemetry/reports.ts";
import { quiet, VirtualClock } from "../clock/virtual-clock.ts";
import { type Faults, faultyEvents, faultyReports, noFaults } from "./faults.ts";
import { MemoryPublisher } from "./memory-publisher.ts";
import { Monitor } from "./monitor.ts";
import { SimulatedTargets } from "./simulated-targets.ts";

interface Node {
  readonly plane: ControlPlane;
  readonly feeds: ServedFeeds;
  readonly controller: Controller;
}

/** Where histories begin: a Monday in a leap year, in ms since the epoch. */
const start = 1_709_510_400_000;

/** A server of production code on a virtual clock, with its disk in memory. */
export class World {
  readonly app: string;
  readonly clock = new VirtualClock(start);
  readonly faults: Faults = noFaults();
  readonly publisher = new MemoryPublisher(this.faults);
  readonly targets = new SimulatedTargets(this.clock, this.faults);
  readonly monitor: Monitor;
  readonly #database: MemoryDatabase = createMemoryDatabase(this.clock);
  #node: Node | undefined;

  constructor(app: string) {
    this.app = app;
    this.monitor = new Monitor(this.clock, this.faults);
  }

  get node(): Node {
    if (this.#node === undefined) throw new Error("the server is not running");
    return this.#node;
  }

  /** Starts the server on what its disk holds. */
  async boot(): Promise<void> {
    const stores = openMemory(this.#database);
    const plane = await ControlPlane.open({
      clock: this.clock,
      events: faultyEvents(stores.events, this.faults),
      reports: faultyReports(stores.reports, this.faults),
      failed: () => undefined,
    });
    const controller = new Controller({
      plane,
      publisher: this.publisher,
      openTarget: this.targets.open,
      measure: this.monitor.measure,
      failed: () => undefined,
    });
    const feeds = new ServedFeeds(plane);
    controller.start();
    this.#node = { plane, feeds, controller };
    await quiet();
  }

  /** Ends the server without a word, and starts another one on the same disk. */
  async crash(): Promise<void> {
    const { controller, plane } = this.node;
    this.#node = undefined;
    const stopped = controller.stop();
    await quiet();
    await stopped;
    await plane.close();
    this.faults.count++;
    await this.boot();
  }

  /** Gives a command as a person. @returns whether it was taken; a full disk is a "no" as well. */
  async command(command: ApplicationCommand, actor = "person"): Promise<boolean> {
    try {
      const outcome = await this.node.plane.execute(this.app, command, actor);
      await quiet();
      return !isRejection(outcome);
    } catch {
      return false;
    }
  }

  /** Changes, as an admin, what holds in every application. @returns whether it was taken */
  async rule(command: RulesCommand): Promise<boolean> {
    try {
      const outcome = await this.node.plane.executeRules(command, "admin");
      await quiet();
      return !isRejection(outcome);
    } catch {
      return false;
    }
  }

  /** The log as it stands on the disk. */
  log(): readonly SealedEvent[] {
    return this.#database.logs.get(this.app) ?? [];
  }

  /** What the report tables on the disk count. */
  reported(): ReportCounts[] {
    return [...this.#database.counts.values()];
  }

  /** Every attempt on the disk with its offers. */
  attempts(): StoredAttempt[] {
    return [...this.#database.attempts.values()];
  }

  state(): AppState | undefined {
    return this.node.plane.state(this.app);
  }
}
