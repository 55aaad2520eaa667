import type { Evidence } from "@sluice/core/gates/gate.ts";
import type { Move } from "@sluice/core/targets/git/message.ts";
import { branchOf, isOf, isOfOther, pullRequestText } from "@sluice/core/targets/git/pull-request-text.ts";
import { TargetDeferral } from "../deferral.ts";
import { TargetFailure } from "../failure.ts";
import type { Forge, PullRequest } from "./forge/forge.ts";
import type { Workspace } from "./workspace.ts";
import type { MakeDraft } from "./write.ts";

/** The pull requests by which releases come into a branch and leave it. */
export class PullRequests {
  readonly #workspace: Workspace;
  readonly #forge: Forge;
  readonly #checkEveryMs: number;

  constructor(workspace: Workspace, forge: Forge, checkEveryMs: number) {
    this.#workspace = workspace;
    this.#forge = forge;
    this.#checkEveryMs = checkEveryMs;
  }

  /**
   * Opens a pull request where the branch does not say what it should, and waits for its merge: until then it rejects with a
   * TargetDeferral. One that was closed unmerged is somebody's no, a TargetFailure.
   * @returns which was merged, by whom
   */
  async merged(move: Move, draft: MakeDraft): Promise<Evidence> {
    await this.closeOvertaken(move);
    const { branch: base } = this.#workspace.config;
    const branch = branchOf(move);
    // Asked before the branch is read: what was merged by then is on it.
    const known = (await this.#forge.list({ base, branch })).find(({ text }) => isOf(text, move.effect));
    const head = await this.#workspace.fetch();
    const { changes, message } = await draft(head);
    if (changes.length === 0) return this.#done(known);
    if (known?.state === "open") throw this.#wait(known.url);
    if (known !== undefined) throw await this.#refused(known, move);
    await this.#workspace.mustBeOurs(branch);
    const commit = await this.#workspace.commit(await this.#workspace.tree(head, changes), head, message);
    await this.#workspace.push({ [`refs/heads/${branch}`]: commit }, { force: true });
    const opened = await this.#forge.open({ branch, base, ...pullRequestText(move, message) });
    throw this.#wait(opened.url);
  }

  /** Closes those that asked for something else of the same target: it is not wanted any more. */
  async closeOvertaken(move: Move): Promise<void> {
    for (const { number, branch, text } of await this.#forge.list({ base: this.#workspace.config.branch })) {
      if (!isOfOther(text, move.effect)) continue;
      await this.#forge.close(number);
      await this.#workspace.drop(branch);
    }
  }

  /** The branch says what it should, however that came. */
  async #done(known: PullRequest | undefined): Promise<Evidence> {
    if (known === undefined) return {};
    if (known.state === "open") await this.#forge.close(known.number);
    const by = known.state === "merged" ? await this.#forge.endedBy(known.number) : undefined;
    return { pullRequest: known.url, ...(by === undefined ? {} : { mergedBy: by }) };
  }

  async #refused({ url, number, state }: PullRequest, { version }: Move): Promise<TargetFailure> {
    const { repository, branch } = this.#workspace.config;
    const by = await this.#forge.endedBy(number);
    const who = by === undefined ? "" : ` by ${by}`;
    const reason =
      state === "merged"
        ? `pull request ${url} was merged${who}, but ${branch} of ${repository} does not say ${version ?? "what it said before"}`
        : `pull request ${url} was closed unmerged${who}`;
    return new TargetFailure(reason, {
      retryable: false,
      evidence: { pullRequest: url, ...(by === undefined ? {} : { by }) },
    });
  }

  #wait(url: string): TargetDeferral {
    const evidence = { pullRequest: url };
    return new TargetDeferral(`pull request ${url} is to be merged`, { againMs: this.#checkEveryMs, evidence });
  }
}
