import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";
import { switchOff, switchTo } from "../install/current.ts";
import type { Supervisor } from "../program/supervisor.ts";
import type { ComponentDriver } from "./component.ts";

/** The name of the supervised program among the components. No component of a release can have it. */
export const programName = "@program";

/** The supervised program and the link `current`: graceful stop, switch, start. Without a program, the link alone. */
export function programDriver(layout: Layout, program: Supervisor | undefined, order: number): ComponentDriver {
  return {
    name: programName,
    order,
    prepare: async () => undefined,
    async apply({ to }) {
      await program?.stop();
      await withReserve(layout, () => switchTo(layout, to.version));
      await program?.start(to, false);
    },
    // The old version is started again once everything is taken back.
    async revert({ from }) {
      await program?.stop();
      await withReserve(layout, () => (from === undefined ? switchOff(layout) : switchTo(layout, from.version)));
    },
    finish: async () => undefined,
  };
}
