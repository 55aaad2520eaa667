import type { Command } from "commander";
import { addAgent } from "./commands/agent.ts";
import { addApply } from "./commands/apply.ts";
import { addAudit } from "./commands/audit.ts";
import { addDemo } from "./commands/demo.ts";
import { addHistory } from "./commands/history.ts";
import { addInit } from "./commands/init.ts";
import { addIssue } from "./commands/issue.ts";
import { addIssues } from "./commands/issues.ts";
import { addPromote } from "./commands/promote.ts";
import { addPublish } from "./commands/publish.ts";
import { addReleases } from "./commands/releases.ts";
import { addRollback } from "./commands/rollback.ts";
import { addRollouts } from "./commands/rollouts.ts";
import { addServe } from "./commands/serve.ts";
import { addShow } from "./commands/show.ts";
import { addStatus } from "./commands/status.ts";
import { addToken } from "./commands/token.ts";
import { addWhy } from "./commands/why.ts";
import { addWithdraw } from "./commands/withdraw.ts";
import type { OpenSession } from "./session.ts";

/** Every command, in the order of the help. @param exitWith how a command ends with a code of its own */
export function addCommands(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
  program.commandsGroup("Begin:");
  addDemo(program, open, exitWith);
  addInit(program, open);
  addServe(program, open);
  addApply(program, open);
  program.commandsGroup("Releases:");
  addPublish(program, open);
  addReleases(program, open);
  addShow(program, open);
  addStatus(program, open);
  addWhy(program, open);
  addHistory(program, open);
  program.commandsGroup("Act:");
  addPromote(program, open);
  addRollouts(program, open);
  addRollback(program, open);
  addWithdraw(program, open);
  addIssue(program, open);
  addIssues(program, open);
  program.commandsGroup("Trust:");
  addAudit(program, open, exitWith);
  addToken(program, open);
  program.commandsGroup("Clients:");
  addAgent(program, open, exitWith);
}
