import { effectTrailer, type Move } from "@sluice/core/targets/git/message.ts";
import type { Done } from "../target.ts";
import { tagFor } from "./tag.ts";
import type { StoredFile, Workspace } from "./workspace.ts";

/** What one commit is to be. */
export interface Draft {
  readonly changes: readonly StoredFile[];
  readonly message: string;
}

/** What there is to commit on what the branch is at. */
export type MakeDraft = (head: string) => Promise<Draft>;

/** Commits to the branch, and tags what came in, anew as often as somebody else is faster. */
export async function write(workspace: Workspace, move: Move, draft: MakeDraft): Promise<Done> {
  const { repository, branch } = workspace.config;
  for (;;) {
    const head = await workspace.fetch();
    const { changes, message } = await draft(head);
    const isNew = changes.length > 0;
    const commit = isNew
      ? await workspace.commit(await workspace.tree(head, changes), head, message)
      : ((await workspace.findCommit([effectTrailer(move.effect)])) ?? head);
    const tag = move.ended === undefined ? await tagFor(workspace, move, commit) : {};
    const names = { ...(isNew ? { [`refs/heads/${branch}`]: commit } : {}), ...tag };
    if (Object.keys(names).length > 0 && (await workspace.push(names)) === "raced") continue;
    const [tagged] = Object.keys(tag);
    return {
      repository,
      branch,
      commit,
      changed: changes.map(({ path }) => path),
      ...(tagged === undefined ? {} : { tag: tagged.replace("refs/tags/", "") }),
    };
  }
}
