import { tmpdir } from "node:os";
import type { Log } from "../ports/log.ts";
import type { Command } from "../program/command.ts";
import { runCommand } from "../program/run-command.ts";
import type { Hook } from "../transaction/hooks.ts";

/** A hook's exit codes: everything else says no. As Mender's state scripts have them. */
const goCode = 0;
const laterCode = 21;
/** So long a hook may take, ms. */
const hookMs = 600_000;

/** Hooks that are programs, by the moment that they are asked about: `before switching`. They are told it in SLUICE_ variables. */
export function hookCommands(
  commands: Readonly<Record<string, Command>>,
  retryAfterMs: number,
  log: Log,
): Hook | undefined {
  if (Object.keys(commands).length === 0) return undefined;
  return async ({ when, state, from = "", to }, signal) => {
    const command = commands[`${when}-${state}`];
    if (command === undefined) return "go";
    const env = { SLUICE_STATE: state, SLUICE_FROM: from, SLUICE_TO: to };
    const end = await runCommand(command, { folder: tmpdir(), version: to }, { timeoutMs: hookMs, signal, env });
    signal.throwIfAborted();
    if (end.code === goCode) return "go";
    if (end.code === laterCode) return { retryAfterMs };
    log.warn("A hook says no", { hook: `${when}-${state}`, code: end.code ?? "none", said: end.said });
    return "back";
  };
}
