import type { ComponentDriver } from "../components/component.ts";
import { programDriver } from "../components/program.ts";
import { programBesideDriver } from "../components/program-beside.ts";
import type { Layout } from "../disk/layout.ts";
import { checksBehind } from "../health/checks-behind.ts";
import { confirmHealth } from "../health/confirm.ts";
import type { UpdaterOptions } from "../options.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import { openBeside } from "./beside.ts";
import { openFront } from "./front.ts";
import { openSupervisor, type Supervisor } from "./supervisor.ts";

const usualOrder = 50;

/** The program as the options say: none, one that is stopped for a change, or one that changes without an interruption. */
export function openProgram(context: {
  readonly layout: Layout;
  readonly options: UpdaterOptions;
  readonly ports: Ports;
  readonly log: Log;
  readonly onDeath: (version: string) => void;
}): { program: Supervisor | undefined; driver: ComponentDriver } {
  const { layout, options, ports, log, onDeath } = context;
  const { program: configured, programOrder: order = usualOrder, health = [], rollback } = options;
  if (configured === undefined) return { program: undefined, driver: programDriver(layout, undefined, order) };
  const { beside } = configured;
  const first = openSupervisor({ layout, ports, log, onDeath, ...configured });
  if (beside === undefined) return { program: first, driver: programDriver(layout, first, order) };
  const second = openSupervisor({ layout: { ...layout, run: layout.runBeside }, ports, log, onDeath, ...configured });
  const program = openBeside([first, second], openFront(beside), beside.drainMs);
  const driver = programBesideDriver(layout, program, order, (place, itself, signal) =>
    confirmHealth({
      ports,
      checks: checksBehind(health, beside, place.port),
      drivers: [],
      program: itself,
      place,
      timeoutMs: rollback.healthCheckTimeoutMs,
      patient: false,
      signal,
    }),
  );
  return { program, driver };
}
