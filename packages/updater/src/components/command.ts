import { UpdaterError } from "../errors.ts";
import type { Command } from "../program/command.ts";
import { type CommandEnd, runCommand } from "../program/run-command.ts";
import type { Change, ComponentDriver, Installed } from "./component.ts";

/**
 * A component whose change is somebody else's program: `apply` for the new version, `revert` for the old one. Both are told the versions
 * in SLUICE_FROM and SLUICE_TO, may be run again after a crash, and must end with code 0.
 */
export function commandDriver(options: {
  readonly name: string;
  readonly order: number;
  readonly apply: Command;
  readonly revert: Command;
  readonly check?: Command | undefined;
  readonly timeoutMs: number;
}): ComponentDriver {
  const { name, timeoutMs } = options;
  const run = async (what: string, command: Command, change: Change, place: Installed, signal?: AbortSignal) => {
    const env = { SLUICE_FROM: change.from?.version ?? "", SLUICE_TO: change.to.version };
    const end = await runCommand(command, place, { timeoutMs, env, ...(signal === undefined ? {} : { signal }) });
    signal?.throwIfAborted();
    if (end.code !== 0) throw new UpdaterError("COMMAND_FAILED", `The ${what} of component ${name} ${inWords(end)}`);
  };
  return {
    name,
    order: options.order,
    prepare: async () => undefined,
    apply: (change, signal) => run("command", options.apply, change, change.to, signal),
    revert: (change) => run("revert command", options.revert, change, change.to),
    finish: async () => undefined,
    async problem(version, signal) {
      if (options.check === undefined) return undefined;
      const end = await runCommand(options.check, version, { timeoutMs, signal });
      return end.code === 0 ? undefined : `the check of component ${name} ${inWords(end)}`;
    },
  };
}

function inWords({ code, said }: CommandEnd): string {
  if (code === undefined) return `could not be run to its end: ${said}`;
  return `ended with code ${code}${said === "" ? "" : `: ${said}`}`;
}
