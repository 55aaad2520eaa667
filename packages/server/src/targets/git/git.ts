import type { Evidence } from "@sluice/core/gates/gate.ts";
import { deployMessage, type Move, rollbackMessage } from "@sluice/core/targets/git/message.ts";
import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import { TargetFailure } from "../failure.ts";
import { type Done, type Found, newestOf, type Order, type Plan, type Target } from "../target.ts";
import { healthy } from "./argocd.ts";
import { changesFor } from "./changes.ts";
import { openForge } from "./forge/open-forge.ts";
import { PullRequests } from "./pull-requests.ts";
import { wayBack } from "./revert.ts";
import { type GitOptions, Workspace } from "./workspace.ts";
import { type MakeDraft, write } from "./write.ts";

/**
 * Says in the files of a repository which release a stage has, by a commit on a branch; whoever watches the branch does the rest.
 * What the files say already is not said again, so a repetition finds what was done, also where its answer was lost.
 */
export function gitTarget(config: GitTarget, options: GitOptions): Target {
  const asks = config["pull-request"];
  const use = <T>(signal: AbortSignal, work: (workspace: Workspace, within: AbortSignal) => Promise<T>) =>
    Workspace.use(config, options, signal, work);
  const carry = (move: Move, signal: AbortSignal, draftIn: (workspace: Workspace) => MakeDraft) =>
    use(signal, async (workspace, within) => {
      const done = await bring(workspace, within, move, draftIn(workspace));
      return config.health === undefined
        ? done
        : { ...done, ...(await healthy(config.health, workspace, options, within)) };
    });
  const bring = async (workspace: Workspace, within: AbortSignal, move: Move, draft: MakeDraft): Promise<Done> => {
    if (asks === undefined) return write(workspace, move, draft);
    const forge = openForge(asks.on, options.clock, options.secrets, within);
    const pullRequests = new PullRequests(workspace, forge, asks["check-every"]);
    if (move.ended !== undefined && asks.rollback === "direct") {
      await pullRequests.closeOvertaken(move);
      return write(workspace, move, draft);
    }
    const merged = await pullRequests.merged(move, draft);
    // Nothing is left to be written but the tag.
    return { ...(await write(workspace, move, draft)), ...merged };
  };

  return {
    can: new Set(["plan", "deploy", "verify", "rollback"]),
    deploy: async (order, signal) => {
      const release = newestOf(order);
      if (release === null) return { kept: "there is no release to put there, so nothing was changed" };
      const move = moveOf(order);
      return carry(move, signal, (workspace) => async (head) => ({
        changes: await changesFor(workspace, head, release),
        message: deployMessage(move, config.subject),
      }));
    },
    rollback: (order, signal) => {
      const move = moveOf(order);
      return carry(move, signal, (workspace) => async (head) => {
        const { changes, reverted } = await wayBack(workspace, head, move, order.main);
        return { changes, message: rollbackMessage(move, reverted) };
      });
    },
    plan: (order, signal) => use(signal, (workspace) => planned(workspace, order)),
    verify: (order, signal) => use(signal, (workspace) => found(workspace, order)),
  };
}

function moveOf(order: Order): Move {
  const { app, stage, id, leaving, account } = order;
  const version = (leaving === undefined ? newestOf(order) : order.main)?.version ?? null;
  return {
    app,
    stage,
    effect: id,
    version,
    before: leaving?.version ?? account?.before,
    promotion: account?.promotion,
    approvedBy: account?.approvedBy ?? [],
    ended:
      leaving === undefined ? undefined : (account?.ended ?? { reason: `${leaving.version} has to go`, by: "sluice" }),
    issues: account?.issues,
  };
}

async function planned(workspace: Workspace, order: Order): Promise<Plan> {
  const release = newestOf(order);
  if (release === null) return { changes: false, text: "nothing: there is no release to put there" };
  const head = await workspace.fetch();
  const changes = await changesFor(workspace, head, release);
  const { repository, branch } = workspace.config;
  if (changes.length === 0) return { changes: false, text: `nothing: ${branch} of ${repository} says so already` };
  const diff = await workspace.diff(head, await workspace.tree(head, changes));
  return { changes: true, text: `on ${branch} of ${repository}, at ${head.slice(0, 12)}:\n${diff}` };
}

/** Reads back what the branch says. */
async function found(workspace: Workspace, order: Order): Promise<Found> {
  const release = newestOf(order);
  const { repository, branch } = workspace.config;
  const commit = await workspace.fetch();
  const evidence: Evidence = { repository, branch, commit };
  if (release === null) return { agrees: true, text: "there is no release to look for", evidence };
  const changes = await changesFor(workspace, commit, release).catch((error: unknown) => {
    if (error instanceof TargetFailure) return error;
    throw error;
  });
  if (changes instanceof TargetFailure) return { agrees: false, text: changes.message, evidence };
  if (changes.length === 0) return { agrees: true, text: `${release.version} at ${commit.slice(0, 12)}`, evidence };
  const paths = changes.map(({ path }) => path);
  const text = `${paths.join(", ")} on ${branch} of ${repository} does not say ${release.version}`;
  return { agrees: false, text, evidence: { ...evidence, wrong: paths } };
}
