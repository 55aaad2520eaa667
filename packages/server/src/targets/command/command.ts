import type { CommandTarget } from "@sluice/core/targets/command.ts";
import { TargetFailure } from "../failure.ts";
import { nothingBefore } from "../nothing-before.ts";
import { type Capability, type Found, newestOf, type Order, type Plan, type Target } from "../target.ts";
import { type CommandOptions, type Ended, run } from "./run.ts";

/**
 * Commands of the team. They find in their environment what is asked for (`SLUICE_VERSION` and so on, see docs/targets/command.md)
 * and say with their exit code how it went.
 */
export function commandTarget(config: CommandTarget, options: CommandOptions): Target {
  const can = new Set<Capability>(["deploy", "rollback"]);
  if (config.plan !== undefined) can.add("plan");
  if (config.verify !== undefined) can.add("verify");
  const { plan, verify } = config;
  const start = (line: readonly string[], order: Order, signal: AbortSignal) =>
    run(line, config, environmentOf(order), options, signal);

  return {
    can,
    deploy: async (order, signal) => mustSucceed(config, await start(config.deploy, order, signal)),
    rollback: async (order, signal) => {
      // A `deploy` that is run for no release would have to guess what is meant.
      if (order.main === null && config.rollback === undefined)
        throw nothingBefore(order, "as its deployment left it: the pipeline names no `rollback` that takes it away");
      return mustSucceed(config, await start(config.rollback ?? config.deploy, order, signal));
    },
    ...(plan === undefined
      ? {}
      : { plan: async (order: Order, signal: AbortSignal) => planned(config, await start(plan, order, signal)) }),
    ...(verify === undefined
      ? {}
      : { verify: async (order: Order, signal: AbortSignal) => found(config, await start(verify, order, signal)) }),
  };
}

function environmentOf(order: Order): Record<string, string> {
  const newest = newestOf(order);
  return {
    SLUICE_APP: order.app,
    SLUICE_STAGE: order.stage,
    SLUICE_EFFECT: order.id,
    SLUICE_VERSION: newest?.version ?? "",
    SLUICE_DIGEST: newest?.digest ?? "",
    SLUICE_COMMIT: newest?.manifest.commit ?? "",
    SLUICE_LEAVING: order.leaving?.version ?? "",
  };
}

function mustSucceed(config: CommandTarget, ended: Ended): Ended["evidence"] {
  if (ended.exitCode === 0) return ended.evidence;
  throw failureOf(config, ended);
}

function planned(config: CommandTarget, ended: Ended): Plan {
  const changes = config["exit-codes"].changes.includes(ended.exitCode);
  if (ended.exitCode !== 0 && !changes) throw failureOf(config, ended);
  return { changes, text: ended.output };
}

/** Exit code 1 means that something else is live; any other but 0, that it could not be found out. */
function found(config: CommandTarget, ended: Ended): Found {
  const { exitCode, output, evidence } = ended;
  if (exitCode > 1) throw failureOf(config, ended);
  const last = lastLine(output);
  const text = exitCode === 0 ? "the release that was asked for is live" : "verify says that something else is live";
  return { agrees: exitCode === 0, text: last === "" ? text : `${text}: ${last}`, evidence };
}

function failureOf(config: CommandTarget, { program, exitCode, output, evidence }: Ended): TargetFailure {
  const last = lastLine(output);
  return new TargetFailure(`${program} ended with ${exitCode}${last === "" ? "" : `: ${last}`}`, {
    retryable: config["exit-codes"].retry.includes(exitCode),
    evidence,
  });
}

function lastLine(output: string): string {
  return output.trimEnd().split("\n").at(-1)?.slice(0, 200) ?? "";
}
