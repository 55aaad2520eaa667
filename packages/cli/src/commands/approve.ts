import type { PlanDigest } from "@sluice/core/application/events/promotion.ts";
import type { Explanation } from "@sluice/core/views/why.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { PromotionAnswer, ReleaseSummary } from "../api/shapes.ts";
import { exitCodes, Failure, usage } from "../failure.ts";
import { shortDigest } from "../output/text.ts";
import type { OpenSession } from "../session.ts";
import { byPlans } from "../views/by-plans.ts";
import { explanationText } from "../views/explanation-text.ts";

interface Options {
  readonly comment?: string;
  readonly digest?: string;
  readonly plan?: readonly string[];
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
    .option(
      "--plan <sha256...>",
      "the plan of each target that you looked at, or its beginning; refused when it is another",
    )
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
    .option(
      "--plan <sha256...>",
      "the plan of each target that you looked at, or its beginning; refused when it is another",
    )
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
  { comment, digest, plan }: Options,
): Promise<void> {
  const session = open(command);
  const api = session.api();
  const app = await session.app();
  const { promotion, plans = [] } = await api.get<Explanation>(apiPath("apps", app, "why", version, stage));
  if (promotion === undefined)
    throw new Failure(exitCodes.notFound, "PROMOTION_NOT_FOUND", `${version} is not on its way into ${stage}.`, {
      hint: `Whoever may can ask for it: sluice promote ${version} ${stage}`,
    });
  const seen = plan === undefined ? plans.map(plannedAs) : lookedAt(plan, plans, `sluice why ${version} ${stage}`);
  const release = await api.get<ReleaseSummary>(apiPath("apps", app, "releases", version));
  const pipeline = await api.get<{ digest: string }>(apiPath("apps", app, "pipeline"));
  const { body } = await api.send<PromotionAnswer>("POST", apiPath("apps", app, "promotions", promotion, "approvals"), {
    decision,
    ...(comment === undefined ? {} : { comment }),
    digest: digest ?? release.digest,
    pipeline: pipeline.digest,
    plans: seen,
  });
  session.print(
    body,
    () =>
      `${decision === "approve" ? "Approved" : "Rejected"} ${version} (${shortDigest(release.digest)}) for ${stage}${byPlans(seen)}: ${promotion}\n${explanationText(body, session.style)}`,
  );
}

type Plan = NonNullable<Explanation["plans"]>[number];

function plannedAs({ target, sha256 }: Pick<Plan, "target" | "sha256">): PlanDigest {
  return { target, sha256 };
}

/** The plans that a person names by the beginnings of their digests. Every one that there is has to be among them. */
function lookedAt(beginnings: readonly string[], plans: readonly Plan[], look: string): PlanDigest[] {
  for (const beginning of beginnings)
    if (!/^[0-9a-f]{8,64}$/.test(beginning))
      throw usage(`--plan ${beginning} is not the digest of a plan, or its first 8 or more characters: ${look}`);
  const other = plans.find(({ sha256 }) => !beginnings.some((beginning) => sha256.startsWith(beginning)));
  const gone = beginnings.find((beginning) => !plans.some(({ sha256 }) => sha256.startsWith(beginning)));
  if (other === undefined && gone === undefined) return plans.map(plannedAs);
  const message =
    other === undefined
      ? `There is no plan ${gone} by now.`
      : `The plan of ${other.target} is ${shortDigest(other.sha256)}, which you did not name.`;
  throw new Failure(exitCodes.conflict, "APPROVAL_OUTDATED", message, { hint: `Look again: ${look}` });
}
