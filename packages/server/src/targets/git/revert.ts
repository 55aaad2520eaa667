import type { Release } from "@sluice/core/application/state.ts";
import { pathOf } from "@sluice/core/targets/git/edit-file.ts";
import { arrivalTrailers, type Move } from "@sluice/core/targets/git/message.ts";
import { changesFor } from "./changes.ts";
import type { StoredFile, Workspace } from "./workspace.ts";

/** What a rollback changes, and the commit that it undoes exactly, where there is one. */
export interface WayBack {
  readonly changes: readonly StoredFile[];
  readonly reverted?: { readonly commit: string; readonly subject: string };
}

/**
 * The way back: the files as they were before the commit that brought the release in, where nobody has changed them since and
 * they then say what they should; otherwise only the values. Without a release to go back to there is only the first.
 */
export async function wayBack(workspace: Workspace, head: string, move: Move, to: Release | null): Promise<WayBack> {
  const needed = to === null ? undefined : await changesFor(workspace, head, to);
  if (needed?.length === 0) return { changes: [] };
  const undone = await undo(workspace, head, move);
  if (undone === undefined) return { changes: needed ?? [] };
  if (to !== null) {
    const tree = await workspace.tree(head, undone.changes);
    const saysSo = await changesFor(workspace, tree, to).then(
      (rest) => rest.length === 0,
      () => false,
    );
    if (!saysSo) return { changes: needed ?? [] };
  }
  return undone;
}

async function undo(workspace: Workspace, head: string, move: Move): Promise<WayBack | undefined> {
  if (move.before === undefined) return undefined;
  const commit = await workspace.findCommit(arrivalTrailers(move, move.before));
  if (commit === undefined) return undefined;
  const { parent, subject } = await workspace.about(commit);
  if (parent === undefined) return undefined;
  const changes: StoredFile[] = [];
  for (const path of new Set(workspace.config.files.map(pathOf))) {
    const [now, then, before] = await Promise.all([head, commit, parent].map((at) => workspace.find(at, path)));
    if (now === undefined || then === undefined || before === undefined || now.blob !== then.blob) return undefined;
    if (before.blob !== now.blob) changes.push(before);
  }
  return changes.length === 0 ? undefined : { changes, reverted: { commit, subject } };
}
