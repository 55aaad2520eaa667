import type { StatusView } from "@sluice/core/views/status.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { stageNamed } from "../api/stage-named.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { OpenSession, Session } from "../session.ts";
import { statusLines } from "../views/status-lines.ts";

const actions = {
  pause: "hold the rollout of a stage where it is",
  resume: "let a paused rollout go on, or a held stage take releases by itself again",
  halt: "offer the release of a rollout to nobody new; who has it keeps it",
  recall: "offer the release of a stage to nobody; who has it goes back (needs --reason)",
  abort: "end the rollout of a stage and take the release back",
} as const;

/** `pause`, `resume`, `halt`, `recall` and `abort`: what can be done to the rollout of a stage. */
export function addRollouts(program: Command, open: OpenSession): void {
  for (const [action, description] of Object.entries(actions))
    program
      .command(action)
      .description(description)
      .argument("<stage>")
      .option("--reason <text>", "kept in the log", "")
      .action(async (stage: string, { reason }: { reason: string }, command: Command) => {
        const session = open(command);
        const app = await session.app();
        if (action === "resume" && (await liftHold(session, app, stage))) return;
        const { promotion, version } = await rolloutOf(session, app, stage, action);
        await session
          .api()
          .send("POST", apiPath("apps", app, "promotions", promotion, action), reason === "" ? {} : { reason });
        const status = await session.api().get<StatusView>(apiPath("apps", app, "status"));
        session.print(
          { app, stage, promotion, version, action, status: status.stages.find(({ name }) => name === stage) },
          () => `${statusLines(status, session.style).join("\n")}\n`,
        );
      });
}

/** Lifts the hold of a stage in which nothing is paused. @returns whether there was one */
async function liftHold(session: Session, app: string, name: string): Promise<boolean> {
  const stage = await stageNamed(session.api(), app, name);
  if (stage.held === null || stage.active?.status === "paused") return false;
  await session.api().send("POST", apiPath("apps", app, "stages", name, "resume"), {});
  const status = await session.api().get<StatusView>(apiPath("apps", app, "status"));
  session.print(
    { app, stage: name, action: "resume", status: status.stages.find((one) => one.name === name) },
    () => `Lifted the hold of ${name}.\n${statusLines(status, session.style).join("\n")}\n`,
  );
  return true;
}

/** The promotion that an action on a stage is about: what rolls out there, or, to abort it, what waits, or, to recall it, what is live. */
async function rolloutOf(
  session: Session,
  app: string,
  name: string,
  action: string,
): Promise<{ promotion: string; version: string }> {
  const stage = await stageNamed(session.api(), app, name);
  const found =
    stage.active ??
    (action === "abort" ? stage.waiting[0] : action === "recall" ? (stage.live ?? undefined) : undefined);
  if (found === undefined)
    throw new Failure(exitCodes.conflict, "PROMOTION_NOT_ACTIVE", `Nothing is rolling out in ${name}.`, {
      hint: "sluice status shows what is.",
    });
  return found;
}
