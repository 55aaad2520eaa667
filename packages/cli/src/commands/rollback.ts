import type { RollbackRequestView } from "@sluice/core/views/rollback-request.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import type { RolledBack } from "../api/shapes.ts";
import { usage } from "../failure.ts";
import { cell } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";

interface Options {
  readonly to?: string;
  readonly reason?: string;
  readonly staged?: true;
  readonly request?: true;
  readonly approve?: string;
  readonly reject?: string;
  readonly comment?: string;
}

const kinds = `
Kinds of rollback:
  by itself   a failing analysis, a closed gate or a withdrawal takes a release
              back without anybody's help: on-failure in the pipeline file.
              Never what a rollback has put there
  by hand     --reason TEXT: at once, past every gate; the emergency brake.
              Role: operator
  staged      --staged: nobody new gets the release, and clients that have it
              are sent back by the shares of the stage's rollout
  formal      --request: asks for it; the stage goes back once others approve
              it (--approve ID), as many as its approval gate asks for.
              Roles: publisher, approver, operator to ask; approver to approve

--to VERSION goes further back than to the last good release. Every rollback is
kept in the log and is an incident: sluice incidents
`;

/** `rollback`: at once; or asked for by one person and approved, or rejected, by others. */
export function addRollback(program: Command, open: OpenSession): void {
  const answers = ["request", "to", "reason", "staged"];
  program
    .command("rollback")
    .description("take a stage back to the last good release: at once, or once others approve it")
    .argument("<stage>")
    .option("--to <version>", "a release that was fully rolled out there before")
    .option("--reason <text>", "why it goes back; kept in the log")
    .option("--staged", "send clients that have it back by and by, not all at once")
    .option("--request", "only ask for it; somebody else approves it")
    .addOption(new Option("--approve <id>", "approve what somebody else asked for").conflicts(["reject", ...answers]))
    .addOption(new Option("--reject <id>", "reject what was asked for, or take back one's own").conflicts(answers))
    .option("--comment <text>", "what there is to say to an approval; needed to reject")
    .addHelpText("after", kinds)
    .action((stage: string, options: Options, command: Command) => {
      const { approve, reject, comment } = options;
      if (approve !== undefined) return answer(open, command, stage, approve, "approve", comment);
      if (reject === undefined) return goBack(open, command, stage, options);
      if ((comment ?? "").trim() === "") throw usage("Say why it is rejected: --comment TEXT");
      return answer(open, command, stage, reject, "reject", comment);
    });
}

async function goBack(open: OpenSession, command: Command, stage: string, options: Options): Promise<void> {
  const { to, reason, staged, request, comment } = options;
  if (comment !== undefined)
    throw usage("--comment goes with --approve or --reject; why a stage goes back is --reason");
  if ((reason ?? "").trim() === "") throw usage("Say why the stage goes back: --reason TEXT");
  const session = open(command);
  const way = { reason, ...(to === undefined ? {} : { to }), ...(staged === true ? { staged } : {}) };
  const kind = request === true ? "rollback-requests" : "rollback";
  const path = apiPath("apps", await session.app(), "stages", stage, kind);
  if (request === true) {
    const { body } = await session.api().send<RollbackRequestView>("POST", path, way);
    return session.print(body, () => `Asked for ${body.id}: ${requestText(body)}`);
  }
  const { body } = await session.api().send<RolledBack>("POST", path, way);
  session.print(
    body,
    () =>
      `Rolled back ${stage}: from ${body.from} to ${body.to ?? "nothing, because there is no earlier good release"}.${staged === true ? bySteps : ""}\n`,
  );
}

async function answer(
  open: OpenSession,
  command: Command,
  stage: string,
  id: string,
  kind: "approve" | "reject",
  comment = "",
): Promise<void> {
  const session = open(command);
  const path = apiPath("apps", await session.app(), "stages", stage, "rollback-requests", id, kind);
  const { body } = await session.api().send<RollbackRequestView>("POST", path, { comment });
  session.print(body, () => {
    if (body.status === "rejected") return `Rejected ${id}: ${stage} stays as it is.\n`;
    if (body.status === "open") return `Approved ${id}: ${requestText(body)}`;
    return `Approved ${id}. Rolled back ${stage}: from ${body.from} to ${body.to ?? "nothing"}.${body.staged ? bySteps : ""}\n`;
  });
}

const bySteps = " Clients that have it are sent back by and by: sluice status.";

function requestText({ id, stage, from, to, requestedBy, approvers, waitsFor, until }: RollbackRequestView): string {
  const who = approvers.length === 0 ? "somebody with the role approver" : `one of ${approvers.map(cell).join(", ")}`;
  return [
    `${stage} goes back from ${from} to ${to ?? "nothing"} once it is approved.`,
    `  has      ${waitsFor.map(cell).join("; ")}`,
    `  until    ${when(until)}; it is void after that, and as soon as ${stage} moves`,
    `  approve  ${who}, but not ${cell(requestedBy)}: sluice rollback ${stage} --approve ${id}`,
    "",
  ].join("\n");
}
