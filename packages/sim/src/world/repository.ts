import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { type GitQuestion, judgeGit } from "@sluice/core/gates/git/judge.ts";
import type { Ask } from "@sluice/server/checklist/ask.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Random } from "../fleet/random.ts";
import type { Faults } from "./faults.ts";
import type { Monitor } from "./monitor.ts";

/** What somebody was answered who asked for a release of a stage, and whether it was so, whatever the answer said. */
interface Answered {
  readonly stage: string;
  readonly version: string;
  readonly kind: "git" | "health";
  readonly verdict: Finding["verdict"];
  readonly isSo: boolean;
}

/** The longest that a question takes, in ms. */
const longestMs = 1_800_000;

/** What servers ask for gates: the repository of the source, which developers change, and the health of what was released. */
export class Repository {
  readonly tags = new Map<string, { readonly commit: string; readonly signed: boolean }>();
  /** By branch: the commits that it has. */
  readonly branches = new Map<string, Set<string>>([["main", new Set()]]);
  readonly answered: Answered[] = [];
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #monitor: Monitor;
  /** How likely an answer takes long. */
  readonly #slow: number;

  constructor(options: { clock: VirtualClock; faults: Faults; random: Random; monitor: Monitor }) {
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#random = options.random;
    this.#monitor = options.monitor;
    this.#slow = options.random.chance(0.6) ? 0.2 : 0.8;
  }

  readonly ask: Ask = async (question, { stage, version }, signal) => {
    const takesMs = this.#random.chance(this.#slow) ? this.#random.below(longestMs) : 0;
    const answer = "git" in question ? this.#look(question.git) : this.#probe(version);
    if (takesMs > 0) await this.#wait(takesMs, signal);
    const kind = "git" in question ? "git" : "health";
    this.answered.push({ stage, version, kind, verdict: answer.finding.verdict, isSo: answer.isSo });
    return answer.finding;
  };

  #look(question: GitQuestion): { readonly finding: Finding; readonly isSo: boolean } {
    const { commit, tag, branch, signed } = question;
    const known = this.tags.get(tag ?? "");
    const commits = [...(this.branches.get(branch ?? "") ?? [])];
    const isTagged = known?.commit.startsWith(commit) === true && (!signed || known.signed);
    const isSo =
      (tag === undefined || isTagged) && (branch === undefined || commits.some((one) => one.startsWith(commit)));
    if (this.#faults.monitor === "stopped") {
      this.#faults.strike("the repository does not answer");
      return { finding: measurementError("the repository does not answer"), isSo };
    }
    const head = commits.at(-1);
    const facts = {
      ...(known === undefined
        ? {}
        : { tag: { object: known.commit, commit: known.commit, ...(known.signed ? { signer: "dora" } : {}) } }),
      ...(head === undefined ? {} : { branch: { head, contains: commits.some((one) => one.startsWith(commit)) } }),
    };
    return { finding: judgeGit(question, facts), isSo };
  }

  #probe(version: string): { readonly finding: Finding; readonly isSo: boolean } {
    const isSo = !this.#monitor.isBad(version) && this.#random.chance(0.95);
    return { finding: { verdict: isSo ? "pass" : "fail", reason: isSo ? "200" : "503", evidence: {} }, isSo };
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.wakeAt(this.#clock.now() + ms, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
}
