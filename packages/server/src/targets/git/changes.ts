import type { Release } from "@sluice/core/application/state.ts";
import { editFile, pathOf } from "@sluice/core/targets/git/edit-file.ts";
import { isProblem } from "@sluice/core/targets/git/edited.ts";
import type { StoredFile, Workspace } from "./workspace.ts";

/** The files of a commit that have to change so that they say that a release is there, with what they are to be; none: they say so. */
export async function changesFor(workspace: Workspace, commit: string, release: Release): Promise<StoredFile[]> {
  const files = new Map<string, { stored: StoredFile; before: string; text: string }>();
  for (const file of workspace.config.files) {
    const path = pathOf(file);
    const known = files.get(path) ?? (await load(workspace, commit, path));
    const edited = editFile(file, known.text, release);
    if (isProblem(edited)) throw workspace.wrong(`${path} ${edited.problem}`);
    files.set(path, { ...known, text: edited.text });
  }
  const changed: StoredFile[] = [];
  for (const { stored, before, text } of files.values())
    if (text !== before) changed.push({ ...stored, blob: await workspace.store(text) });
  return changed;
}

async function load(workspace: Workspace, commit: string, path: string) {
  const stored = await workspace.find(commit, path);
  if (stored === undefined) throw workspace.wrong(`there is no file ${path} on ${workspace.config.branch}`);
  const before = await workspace.read(stored);
  return { stored, before, text: before };
}
