import type { Evidence } from "@sluice/core/gates/gate.ts";
import { pathOf } from "@sluice/core/targets/git/edit-file.ts";
import type { Health } from "@sluice/core/targets/git/health-schema.ts";
import { argoApplicationSchema, judgeApplication } from "@sluice/core/targets/git/judge-argocd.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import { TargetDeferral } from "../deferral.ts";
import { TargetFailure } from "../failure.ts";
import { askApi } from "./ask-api.ts";
import type { GitOptions, Workspace } from "./workspace.ts";

/**
 * Asks Argo CD whether its application has what the branch says, and is healthy. Rejects with a TargetDeferral while it may still
 * become so, and with a TargetFailure when it is degraded, cannot be synced, or takes too long.
 * @param health its token is sent to the server that it names, in a header
 */
export async function healthy(
  { argocd }: Health,
  workspace: Workspace,
  { clock, secrets }: GitOptions,
  signal: AbortSignal,
): Promise<Evidence> {
  if (argocd === undefined) return {};
  const { server, application, token, timeout } = argocd;
  const authorization = `Bearer ${new UsedSecrets(secrets).value(token)}`;
  const api = { address: server, headers: { authorization }, clock, signal };
  // Refreshed, so that it does not take three minutes until it looks.
  const answer = await askApi(api, "GET", `/api/v1/applications/${application}?refresh=normal`, argoApplicationSchema);
  // What was pushed since, by us or by others, is known here only now.
  await workspace.fetch();
  const { commit, at } = await workspace.lastChange([...new Set(workspace.config.files.map(pathOf))]);
  const { sync, health, operationState } = answer.status ?? {};
  const revisions = [sync?.revision, operationState?.syncResult?.revision].filter((one) => one !== undefined);
  const having = new Set<string>();
  for (const revision of new Set(revisions)) if (await workspace.contains(revision, commit)) having.add(revision);
  const standing = judgeApplication(answer, {
    has: (revision) => having.has(revision),
    since: at,
    now: clock.now(),
    timeoutMs: timeout,
  });
  const evidence = {
    application,
    commit,
    revision: sync?.revision ?? null,
    sync: sync?.status ?? null,
    health: health?.status ?? null,
  };
  if (standing.is === "healthy") return { argocd: evidence };
  const reason = `Argo CD application ${application}: ${standing.reason}`;
  if (standing.is === "waiting") throw new TargetDeferral(reason, { againMs: argocd["check-every"], evidence });
  throw new TargetFailure(reason, { retryable: false, evidence });
}
