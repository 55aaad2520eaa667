import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";
import { switchOff, switchTo } from "../install/current.ts";
import type { Beside } from "../program/beside.ts";
import type { Place } from "../program/command.ts";
import type { Supervisor } from "../program/supervisor.ts";
import type { ComponentDriver } from "./component.ts";
import { programName } from "./program.ts";

/**
 * The supervised program without an interruption: the new version is started beside the old one, comes in front once it is well, and the
 * old one ends when the whole is healthy and its last request is answered. Until then the way back is as short.
 * @param ready resolves when the version that listens on a port is well; throws when it is not
 */
export function programBesideDriver(
  layout: Layout,
  program: Beside,
  order: number,
  ready: (place: Required<Place>, itself: Supervisor, signal: AbortSignal) => Promise<void>,
): ComponentDriver {
  return {
    name: programName,
    order,
    prepare: async () => undefined,
    async apply({ to }, signal) {
      await program.bringForward(to, (port, itself) => ready({ ...to, port }, itself, signal));
      await withReserve(layout, () => switchTo(layout, to.version));
    },
    async revert({ from }) {
      const back = from !== undefined && (await program.takeBack(from.version));
      await withReserve(layout, () => (from === undefined ? switchOff(layout) : switchTo(layout, from.version)));
      await (back ? program.endOther() : program.stop());
    },
    finish: () => program.endOther(),
  };
}
