import type { Evidence } from "@sluice/core/gates/gate.ts";
import { deployMessage, effectTrailer, type Move, rollbackMessage } from "@sluice/core/targets/git/message.ts";
import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import { TargetFailure } from "../failure.ts";
import { type Done, type Found, newestOf, type Order, type Plan, type Target } from "../target.ts";
import { changesFor } from "./changes.ts";
import { wayBack } from "./revert.ts";
import { tagFor } from "./tag.ts";
import { type GitOptions, type StoredFile, Workspace } from "./workspace.ts";

/** What one commit is to be. */
interface Draft {
  readonly changes: readonly StoredFile[];
  readonly message: string;
}

/**
 * Says in the files of a repository which release a stage has, by a commit on a branch; whoever watches the branch does the rest.
 * What the files say already is not said again, so a repetition finds what was done, also where its answer was lost.
 */
export function gitTarget(config: GitTarget, options: GitOptions): Target {
  const use = <T>(signal: AbortSignal, work: (workspace: Workspace) => Promise<T>) =>
    Workspace.use(config, options, signal, work);

  return {
    can: new Set(["plan", "deploy", "verify", "rollback"]),
    deploy: async (order, signal) => {
      const release = newestOf(order);
      if (release === null) return { kept: "there is no release to put there, so nothing was changed" };
      const move = moveOf(order);
      return use(signal, (workspace) =>
        write(workspace, move, async (head) => ({
          changes: await changesFor(workspace, head, release),
          message: deployMessage(move, config.subject),
        })),
      );
    },
    rollback: (order, signal) => {
      const move = moveOf(order);
      return use(signal, (workspace) =>
        write(workspace, move, async (head) => {
          const { changes, reverted } = await wayBack(workspace, head, move, order.main);
          return { changes, message: rollbackMessage(move, reverted) };
        }),
      );
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
  };
}

/** Commits to the branch, anew as often as somebody else is faster. */
async function write(workspace: Workspace, move: Move, draft: (head: string) => Promise<Draft>): Promise<Done> {
  const { config } = workspace;
  for (;;) {
    const head = await workspace.fetch();
    const { changes, message } = await draft(head);
    const commit =
      changes.length === 0 ? head : await workspace.commit(await workspace.tree(head, changes), head, message);
    const tag = move.ended === undefined ? await tagFor(workspace, move, commit) : {};
    const names = { ...(commit === head ? {} : { [`refs/heads/${config.branch}`]: commit }), ...tag };
    if (Object.keys(names).length > 0 && (await workspace.push(names)) === "raced") continue;
    const tagged = Object.keys(tag).map((name) => name.replace("refs/tags/", ""));
    return {
      ...placeOf(config),
      commit: commit === head ? ((await workspace.findCommit([effectTrailer(move.effect)])) ?? head) : commit,
      changed: changes.map(({ path }) => path),
      ...(tagged[0] === undefined ? {} : { tag: tagged[0] }),
    };
  }
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
  const evidence: Evidence = { ...placeOf(workspace.config), commit };
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

function placeOf({ repository, branch }: GitTarget) {
  return { repository, branch };
}
