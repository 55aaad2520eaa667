import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { type CommandProbe, judgeCommand } from "@sluice/core/analysis/providers/command.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Clock } from "../clock/clock.ts";
import { locateCommand } from "../command/locate.ts";
import { runCommand } from "../command/run-command.ts";
import { withDeadline } from "./deadline.ts";
import type { Measured, Provider, Secrets } from "./provider.ts";
import { UsedSecrets } from "./secrets.ts";

/** Where programs that scripts use are found. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface CommandOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Where the programs are that pipelines may run, and the folder they run in; undefined: none may be run here. */
  readonly folder: string | undefined;
}

/** Runs a program of the server and takes its exit code for the verdict. */
export function commandProvider({ clock, secrets, folder }: CommandOptions): Provider<CommandProbe> {
  return {
    async measure(probe, measured, signal): Promise<Finding> {
      const [name = "", ...args] = probe.run;
      if (folder === undefined)
        return measurementError(
          `${name} was not run: this server runs no commands. Start it with --commands DIR, the folder that they are in`,
        );
      return withDeadline(clock, probe.timeout, signal, async (within, ended) => {
        try {
          const program = await locateCommand(folder, name);
          const used = new UsedSecrets(secrets);
          const secret = Object.fromEntries(probe.secrets.map((name) => [name, used.value(name)]));
          const env = { PATH: path, LANG: "C.UTF-8", ...probe.env, ...secret, ...environmentOf(measured) };
          const run = { program, args, folder, env, secrets: Object.values(secret), signal: within, clock };
          const { exitCode, endedBy, durationMs, output } = await runCommand(run);
          const evidence = { run: probe.run, durationMs, output };
          if (ended() !== undefined)
            return measurementError(
              ended() === "timeout"
                ? `${name} was ended after ${formatDuration(probe.timeout)}`
                : `${name} was stopped`,
              evidence,
            );
          if (exitCode === undefined) return measurementError(`${name} was ended by ${endedBy}`, evidence);
          return judgeCommand(probe, { exitCode, durationMs, output });
        } catch (error) {
          return measurementError(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
            run: probe.run,
          });
        }
      });
    },
  };
}

function environmentOf({ app, stage, version, previous, since }: Measured): Record<string, string> {
  return {
    SLUICE_APP: app,
    SLUICE_STAGE: stage,
    SLUICE_VERSION: version,
    SLUICE_PREVIOUS: previous ?? "",
    SLUICE_SINCE: rfc3339(since),
  };
}
