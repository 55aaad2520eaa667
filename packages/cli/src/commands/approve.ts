import type { Explanation } from "@sluice/core/views/why.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { PromotionAnswer, ReleaseSummary } from "../api/shapes.ts";
import { exitCodes, Failure, usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";
import { explanationText } from "../views/explanation-text.ts";

interface Options {
  readonly comment?: string;
  readonly digest?: string;
}

/** `approve` and `reject`: what a person says of a promotion that asks for approval. */
export function addApprove(program: Command, open: OpenSession): void {
  program
    .command("approve")
    .description("approve a promotion; it counts for this release and this pipeline, until it expires")
    .argument("<version>")
    .argument("<stage>")
    .option("--comment <text>", "kept in the log")
    .option("--digest <sha256>", "the release that you looked at; refused when it is another")
    .action((version: string, stage: string, options: Options, command: Command) =>
      answer(open, command, "approve", version, stage, options),
    );
  program
    .command("reject")
    .description("reject a promotion; it waits until somebody approves it anew")
    .argument("<version>")
    .argument("<stage>")
    .option("--comment <text>", "why; kept in the log")
    .option("--digest <sha256>", "the release that you looked at; refused when it is another")
    .action((version: string, stage: string, options: Options, command: Command) => {
      if ((options.comment ?? "").trim() === "") throw usage("Say why it is rejected: --comment TEXT");
      return answer(open, command, "reject", version, stage, options);
    });
}

async function answer(
  open: OpenSession,
  command: Command,
  decision: "approve" | "reject",
  version: string,
  stage: string,
  { comment, digest }: Options,
): Promise<void> {
  const session = open(command);
  const api = session.api();
  const app = await session.app();
  const { promotion } = await api.get<Explanation>(apiPath("apps", app, "why", version, stage));
  if (promotion === undefined)
    throw new Failure(exitCodes.notFound, "PROMOTION_NOT_FOUND", `${version} is not on its way into ${stage}.`, {
      hint: `Whoever may can ask for it: sluice promote ${version} ${stage}`,
    });
  const release = await api.get<ReleaseSummary>(apiPath("apps", app, "releases", version));
  const pipeline = await api.get<{ digest: string }>(apiPath("apps", app, "pipeline"));
  const { body } = await api.send<PromotionAnswer>("POST", apiPath("apps", app, "promotions", promotion, "approvals"), {
    decision,
    ...(comment === undefined ? {} : { comment }),
    digest: digest ?? release.digest,
    pipeline: pipeline.digest,
  });
  session.print(
    body,
    () =>
      `${decision === "approve" ? "Approved" : "Rejected"} ${version} (${release.digest.slice(0, 12)}) for ${stage}: ${promotion}\n${explanationText(body, session.style)}`,
  );
}
