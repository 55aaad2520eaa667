import type { Place } from "./command.ts";
import { freePort } from "./free-port.ts";
import type { Front } from "./front.ts";
import type { Supervisor } from "./supervisor.ts";

/** A program of which two versions can run side by side, with a front that sends each request to one of them. */
export interface Beside extends Supervisor {
  /** Starts a version on a port of its own, beside the one that is in front, and puts it in front once `ready` resolves. */
  bringForward(place: Place, ready: (port: number, itself: Supervisor) => Promise<void>): Promise<void>;
  /** Puts a version in front that still runs behind. @returns whether it does */
  takeBack(version: string): Promise<boolean>;
  /** Stops what is not in front, when its last request is answered. */
  endOther(): Promise<void>;
}

interface Slot {
  readonly supervisor: Supervisor;
  port: number | undefined;
}

/**
 * @param slots two supervisors that keep what they run in different files
 * @param drainMs so long requests to the version that is left may take
 */
export function openBeside(slots: readonly [Supervisor, Supervisor], front: Front, drainMs: number): Beside {
  let [ahead, behind]: [Slot, Slot] = [
    { supervisor: slots[0], port: undefined },
    { supervisor: slots[1], port: undefined },
  ];
  const runs = ({ supervisor }: Slot, version: string) =>
    supervisor.watching() === version && supervisor.ended() === undefined;
  const startIn = async (slot: Slot, place: Place, restart: boolean): Promise<number> => {
    const port = await freePort();
    await slot.supervisor.start({ ...place, port }, restart);
    slot.port = port;
    return port;
  };
  const endOther = async (): Promise<void> => {
    if (behind.port !== undefined) await front.drained(behind.port, drainMs);
    await behind.supervisor.stop();
    behind.port = undefined;
  };
  const swap = async (port: number): Promise<void> => {
    await front.to(port);
    [ahead, behind] = [behind, ahead];
  };
  return {
    async bringForward(place, ready) {
      if (runs(ahead, place.version)) return;
      await behind.supervisor.stop();
      const port = await startIn(behind, place, false);
      await ready(port, behind.supervisor);
      await swap(port);
    },
    async takeBack(version) {
      if (runs(ahead, version)) return true;
      if (!runs(behind, version) || behind.port === undefined) return false;
      await swap(behind.port);
      return true;
    },
    endOther,
    async start(place, restart) {
      if (!runs(ahead, place.version)) {
        await behind.supervisor.stop();
        await front.to(await startIn(ahead, place, restart));
      } else if (restart) ahead.supervisor.keepRunning();
      await endOther();
    },
    async stop() {
      await front.close();
      await ahead.supervisor.stop();
      await behind.supervisor.stop();
    },
    keepRunning: () => ahead.supervisor.keepRunning(),
    watching: () => ahead.supervisor.watching(),
    ended: () => ahead.supervisor.ended(),
    ranMs: () => ahead.supervisor.ranMs(),
    release() {
      void front.close();
      ahead.supervisor.release();
      behind.supervisor.release();
    },
  };
}
