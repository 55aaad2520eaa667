import { arrivalTrailers, type Move } from "@sluice/core/targets/git/message.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The annotated tag that a release gets at a commit, made here and not pushed yet; nothing where it has it. Rejects with a
 * TargetFailure where the tag says that something else is so: it is never moved.
 */
export async function tagFor(workspace: Workspace, move: Move, commit: string): Promise<Record<string, string>> {
  const { version, app, stage } = move;
  if (workspace.config.tag === undefined || version === null) return {};
  const name = workspace.config.tag.replaceAll("{version}", version);
  const [release = ""] = arrivalTrailers(move, version);
  const is = await workspace.findTag(name);
  if (is !== undefined) {
    if (is.commit === commit || is.message.split("\n").includes(release)) return {};
    throw workspace.wrong(
      `tag ${name} exists at ${is.commit.slice(0, 12)} and is not of ${app} ${version}. A tag is never moved: find out who put it there, and remove it or publish under a new version`,
    );
  }
  const message = `Release ${name}: ${app} ${version} in ${stage}\n\n${release}\nSluice-Stage: ${stage}\n`;
  return { [`refs/tags/${name}`]: await workspace.tag(name, commit, message) };
}
