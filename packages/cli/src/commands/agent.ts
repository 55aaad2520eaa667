import { relative, resolve } from "node:path";
import { isVersion } from "@sluice/core/release/version.ts";
import type { CommandOptions } from "@sluice/updater/agent/commands.ts";
import type { Choice as AgentChoice } from "@sluice/updater/choices/choices.ts";
import type { Command } from "commander";
import { initAgent } from "../agent/init.ts";
import { problemLines } from "../agent/problem-lines.ts";
import { usage } from "../failure.ts";
import { moment } from "../moment.ts";
import type { OpenSession, Session } from "../session.ts";

const steps = {
  run: "look after an installation: keep its program running, check, update, roll back, report",
  check: "say what is on offer, and install nothing",
  update: "install what is on offer now, whatever the schedule says",
  status: "what is installed, what runs, and what the last check said",
} as const;

interface ConfigOption {
  readonly config: string;
}

export function addAgent(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
  const agent = program
    .command("agent")
    .description("the client's side: keep one installation of an application up to date");
  addAgentInit(agent, open);
  for (const [step, description] of Object.entries(steps) as [keyof typeof steps, string][])
    configured(agent.command(step).description(description)).action(
      async ({ config }: ConfigOption, command: Command) => {
        const { agentCheck, agentRun, agentStatus, agentUpdate } = await import("@sluice/updater/agent/commands.ts");
        const act = { run: agentRun, check: agentCheck, update: agentUpdate, status: agentStatus }[step];
        const session = open(command);
        exitWith(await act(pathOf(session, config), optionsFor(session, step)));
      },
    );
  addChoices(agent, open, exitWith);
  configured(agent.command("rollback").description("go back to the version before"))
    .requiredOption("--reason <text>", "kept in the report")
    .action(async ({ config, reason }: ConfigOption & { reason: string }, command: Command) => {
      const { agentRollback } = await import("@sluice/updater/agent/commands.ts");
      const session = open(command);
      exitWith(await agentRollback(pathOf(session, config), { ...optionsFor(session, "rollback"), reason }));
    });
}

/** What a person says of an update on offer, instead of the schedule. */
function addChoices(agent: Command, open: OpenSession, exitWith: (code: number) => void): void {
  const choosing = async (command: Command, config: string, choice: AgentChoice): Promise<void> => {
    const { agentChoose } = await import("@sluice/updater/agent/commands.ts");
    const session = open(command);
    exitWith(await agentChoose(pathOf(session, config), { ...optionsFor(session, "choose"), choice }));
  };
  configured(agent.command("skip").description("never install a version by itself; the next one is offered again"))
    .argument("<version>")
    .action((version: string, { config }: ConfigOption, command: Command) =>
      choosing(command, config, { choice: "skip", version: semver(version) }),
    );
  configured(agent.command("defer").description("install nothing by itself for a while"))
    .requiredOption("--until <time>", "RFC 3339, or a duration from now such as 3d; at most 30 days")
    .action(({ config, until }: ConfigOption & { until: string }, command: Command) =>
      choosing(command, config, { choice: "defer", untilMs: moment("--until", until, "future") }),
    );
  configured(agent.command("schedule").description("install a version at a moment, whatever the window says"))
    .argument("<version>")
    .requiredOption("--at <time>", "RFC 3339, or a duration from now such as 8h")
    .action((version: string, { config, at }: ConfigOption & { at: string }, command: Command) =>
      choosing(command, config, { choice: "schedule", version: semver(version), atMs: moment("--at", at, "future") }),
    );
  configured(agent.command("forget").description("forget what was skipped, deferred or scheduled")).action(
    ({ config }: ConfigOption, command: Command) => choosing(command, config, { choice: "forget" }),
  );
}

function semver(version: string): string {
  if (isVersion(version)) return version;
  throw usage(`"${version}" is not a version by SemVer 2.0.0, such as 2.4.1 (without a leading v).`);
}

function addAgentInit(agent: Command, open: OpenSession): void {
  agent
    .command("init")
    .description(
      "write agent.yaml for this machine, with the keys to trust and, for an administrator, a token of its own",
    )
    .option("--channel <name>", "the stage whose releases it gets", "stable")
    .option("--dir <dir>", "where to write it", ".")
    .action(async ({ channel, dir }: { channel: string; dir: string }, command: Command) => {
      const session = open(command);
      const app = session.namedApp ?? (await session.app());
      const made = await initAgent(session.api(), { app, channel, dir: resolve(session.io.cwd, dir) });
      session.print({ app, channel, ...made }, () => {
        const show = (path: string) => relative(session.io.cwd, path) || path;
        return [
          `Wrote ${show(made.config)} for ${app} on channel ${channel}.`,
          `Trusting the server's keys from now on, as this is the first use: ${show(made.root)}`,
          `  SHA-256 ${made.rootSha256}`,
          `  Compare it with the server's own copy: sha256sum DATA/feeds/${app}/metadata/*.root.json`,
          made.tokenFile === undefined
            ? "No token was made, because that needs an admin token. Ask for one of role client; agent.yaml says where it belongs."
            : `Made the token ${made.tokenName}: ${show(made.tokenFile)}`,
          `Say in ${show(made.config)} which program it runs, then: sluice agent run --config ${show(made.config)}\n`,
        ].join("\n");
      });
    });
}

function configured(command: Command): Command {
  return command.requiredOption("--config <file>", "its agent.yaml");
}

function pathOf(session: Session, config: string): string {
  if (config === "") throw usage("--config needs the path of an agent.yaml.");
  return resolve(session.io.cwd, config);
}

/** A daemon's log is no answer: with `--json` it goes to standard error. */
function optionsFor({ io, json }: Session, step: string): CommandOptions {
  return {
    json,
    signal: io.signal,
    write: (text) => void (json && step === "run" ? io.stderr : io.stdout).write(text),
    writeError: (text) => void io.stderr.write(json ? problemLines(text) : text),
  };
}
