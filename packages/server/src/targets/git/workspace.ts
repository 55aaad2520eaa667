import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import { withDeadline } from "../../analysis/deadline.ts";
import type { Clock } from "../../clock/clock.ts";
import { type GitProgram, gitIn } from "../../git/git-program.ts";
import { TargetDeferral } from "../deferral.ts";
import { TargetFailure } from "../failure.ts";
import { type GitAccess, reach } from "./access.ts";
import { explain } from "./explain.ts";
import { prepareSigning } from "./signing.ts";

/** How far back the history is fetched, in commits. */
const depth = 200;
/** Longest pack that is fetched: 512 MiB. */
const packBytesMax = 512 * 1024 ** 2;
/** Longest file that is changed, in bytes. */
const fileBytesMax = 1024 ** 2;

export interface GitOptions extends GitAccess {
  readonly clock: Clock;
}

/** A file as a commit has it. */
export interface StoredFile {
  readonly path: string;
  readonly mode: string;
  readonly blob: string;
}

/** An environment's repository, as far as one effect needs it: a folder with the end of the branch's history, removed afterwards. */
export class Workspace {
  readonly config: GitTarget;
  readonly #folder: string;
  readonly #git: GitProgram;
  readonly #clock: Clock;
  #written = 0;

  private constructor(config: GitTarget, folder: string, git: GitProgram, clock: Clock) {
    this.config = config;
    this.#folder = folder;
    this.#git = git;
    this.#clock = clock;
  }

  /** Works in a fresh one, within the target's timeout. Rejects with a TargetFailure; leaves nothing behind, nor running. */
  static async use<T>(
    config: GitTarget,
    options: GitOptions,
    signal: AbortSignal,
    work: (workspace: Workspace, within: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, secrets } = options;
    return withDeadline(clock, config.timeout, signal, async (within, why) => {
      const folder = await mkdtemp(join(tmpdir(), "sluice-git-"));
      let signing: Awaited<ReturnType<typeof prepareSigning>>;
      try {
        const { address, use } = await reach(config, options, folder);
        signing = await prepareSigning(config.sign, { secrets, clock, folder, signal: within });
        const git = gitIn(folder, clock, within, {
          settings: [...(use.settings ?? []), ...(signing?.settings ?? []), "core.attributesFile=/dev/null"],
          environment: { ...use.environment, ...signing?.environment, ...personOf(config, clock) },
          secrets: use.secrets ?? [],
          fileBytesMax: packBytesMax,
        });
        await git(["init", "--quiet", "--bare", "--template=", "repository"]);
        const inside: GitProgram = (args, expected) => git(["--git-dir=repository", ...args], expected);
        await inside(["remote", "add", "origin", address]);
        return await work(new Workspace(config, folder, inside, clock), within);
      } catch (error) {
        throw error instanceof TargetDeferral ? error : explain(error, config, why());
      } finally {
        await signing?.end();
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Fetches the branch anew. @returns the commit that it is at */
  async fetch(): Promise<string> {
    const ref = `+refs/heads/${this.config.branch}:refs/sluice/head`;
    const light = [
      `--depth=${depth}`,
      "--filter=blob:none",
      "--no-tags",
      "--no-recurse-submodules",
      "--no-write-fetch-head",
    ];
    await this.#git(["fetch", "--quiet", ...light, "origin", ref]);
    return this.#name("refs/sluice/head");
  }

  /** The file at a path of a commit or tree; undefined: there is none. */
  async find(commit: string, path: string): Promise<StoredFile | undefined> {
    const { output } = await this.#git(["-c", "core.quotePath=false", "ls-tree", "--full-tree", commit, "--", path]);
    const found = /^(\d{6}) (\w+) ([0-9a-f]{40,64})\t/m.exec(output);
    if (found === null) return undefined;
    const [, mode = "", kind, blob = ""] = found;
    if (kind !== "blob" || mode === "120000") throw this.wrong(`${path} is no file`);
    return { path, mode, blob };
  }

  async read(file: StoredFile): Promise<string> {
    const { output: size } = await this.#git(["cat-file", "-s", file.blob]);
    if (Number.parseInt(size, 10) > fileBytesMax) throw this.wrong(`${file.path} is longer than 1 MiB`);
    const { output } = await this.#git(["unpack-file", file.blob]);
    const [name] = /\.merge_file_\w+/.exec(output) ?? [];
    if (name === undefined) throw new Error("git unpack-file names no file");
    const bytes = await readFile(join(this.#folder, name));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.wrong(`${file.path} is no text in UTF-8`);
    }
  }

  /** Stores a text. @returns the blob */
  async store(text: string): Promise<string> {
    return this.#nameIn(await this.#git(["hash-object", "-w", "--no-filters", await this.#file(text)]));
  }

  /** Stores what a commit has with some files in place of what they were. @returns the tree */
  async tree(base: string, files: readonly StoredFile[]): Promise<string> {
    await this.#git(["read-tree", base]);
    for (const { mode, blob, path } of files)
      await this.#git(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`]);
    return this.#nameIn(await this.#git(["write-tree", "--missing-ok"]));
  }

  /** The difference between two commits or trees, for a person: at most 64 KiB of it. */
  async diff(from: string, to: string): Promise<string> {
    const file = join(this.#folder, "diff");
    await this.#git([
      "diff",
      "--no-color",
      "--no-ext-diff",
      "--no-textconv",
      "--no-renames",
      `--output=${file}`,
      from,
      to,
    ]);
    return (await readFile(file, "utf8")).slice(0, 65_536);
  }

  /** @returns the commit, signed where the pipeline says so */
  async commit(tree: string, parent: string, message: string): Promise<string> {
    const sign = this.config.sign === undefined ? [] : ["-S"];
    const args = ["commit-tree", ...sign, "-p", parent, "-F", await this.#file(message), tree];
    return this.#nameIn(await this.#git(args));
  }

  /** Makes an annotated tag, here only. @returns the object */
  async tag(name: string, commit: string, message: string): Promise<string> {
    const sign = this.config.sign === undefined ? [] : ["--sign"];
    const kept = ["--cleanup=verbatim", "-F", await this.#file(message)];
    await this.#git(["tag", "--force", "--annotate", ...sign, ...kept, name, commit]);
    return this.#name(`refs/tags/${name}`);
  }

  /** What a tag there leads to and says; undefined: there is none. */
  async findTag(name: string): Promise<{ readonly commit: string; readonly message: string } | undefined> {
    const { output } = await this.#git(["ls-remote", "origin", `refs/tags/${name}`]);
    if (!/^[0-9a-f]{40,64}\t/m.test(output)) return undefined;
    const light = ["--depth=1", "--filter=blob:none", "--no-tags", "--no-write-fetch-head"];
    await this.#git(["fetch", "--quiet", ...light, "origin", `+refs/tags/${name}:refs/sluice/tag`]);
    const { output: message } = await this.#git(["for-each-ref", "--format=%(contents)", "refs/sluice/tag"]);
    return { commit: await this.#name("refs/sluice/tag^{commit}"), message };
  }

  /** The newest commit of the fetched history whose message has all of these lines; undefined: there is none. */
  async findCommit(lines: readonly string[]): Promise<string | undefined> {
    const wanted = lines.map((line) => `--grep=^${line.replace(/[.[\]*^$\\]/g, "\\$&")}$`);
    const { output } = await this.#git([
      "log",
      "-1",
      "--format=%H",
      "--all-match",
      "--basic-regexp",
      ...wanted,
      "refs/sluice/head",
    ]);
    return /^[0-9a-f]{40,64}$/m.exec(output)?.[0];
  }

  /** The last change of files on the branch, by a commit or the merge of one, and when it was made. */
  async lastChange(paths: readonly string[]): Promise<{ readonly commit: string; readonly at: Millis }> {
    const args = ["log", "-1", "--first-parent", "--format=%H %ct", "refs/sluice/head", "--", ...paths];
    const { output } = await this.#git(args);
    const [, commit, seconds] = /^([0-9a-f]{40,64}) (\d+)$/m.exec(output) ?? [];
    if (commit === undefined) throw new Error("git names no commit of the files");
    return { commit, at: Number(seconds) * 1_000 };
  }

  /** Whether a revision, which need not be known here, contains a commit. */
  async contains(revision: string, commit: string): Promise<boolean> {
    if (!/^[0-9a-f]{40,64}$/.test(revision)) return false;
    const args = ["merge-base", "--is-ancestor", commit, revision];
    return (await this.#git(args, [0, 1, 128])).exitCode === 0;
  }

  /** The commit before a commit, as far as the history was fetched, and its first line. */
  async about(commit: string): Promise<{ readonly parent: string | undefined; readonly subject: string }> {
    const { output } = await this.#git(["log", "-1", "--format=%P%n%s", commit]);
    const [parents = "", subject = ""] = output.split("\n");
    return { parent: parents.split(" ")[0] || undefined, subject };
  }

  /**
   * Pushes objects to names, all or none. @returns whether somebody else was faster.
   * Rejects with a TargetFailure where the other side's rules refuse it
   */
  async push(
    names: Readonly<Record<string, string>>,
    how: { readonly force?: boolean } = {},
  ): Promise<"pushed" | "raced"> {
    const refs = Object.entries(names).map(([name, object]) => `${how.force === true ? "+" : ""}${object}:${name}`);
    const args = ["push", "--porcelain", "--no-verify", ...(refs.length > 1 ? ["--atomic"] : []), "origin", ...refs];
    const { exitCode, output } = await this.#git(args, [0, 1]);
    if (exitCode === 0) return "pushed";
    const rejected = /^!\t.*\t\[(?:remote )?rejected\] \((.*)\)$/m.exec(output)?.[1];
    if (rejected === undefined)
      throw new Error(output.split("\n").find((line) => /^(?:fatal|error)/.test(line)) ?? output);
    if (
      /fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value|atomic/.test(
        rejected,
      )
    )
      return "raced";
    const told = [...output.matchAll(/^remote: *(.*\S)/gm)]
      .map(([, line]) => line)
      .join(" ")
      .slice(0, 300);
    throw this.wrong(`does not take the commit: ${rejected}${told === "" ? "" : `: ${told}`}`);
  }

  /** Rejects with a TargetFailure where a branch there was made by somebody else. */
  async mustBeOurs(branch: string): Promise<void> {
    const { output } = await this.#git(["ls-remote", "origin", `refs/heads/${branch}`]);
    if (!/^[0-9a-f]{40,64}\t/m.test(output)) return;
    const light = ["--depth=1", "--filter=blob:none", "--no-tags", "--no-write-fetch-head"];
    await this.#git(["fetch", "--quiet", ...light, "origin", `+refs/heads/${branch}:refs/sluice/branch`]);
    const { output: message } = await this.#git(["log", "-1", "--format=%B", "refs/sluice/branch"]);
    if (!/^Sluice-Effect: /m.test(message))
      throw this.wrong(`branch ${branch} exists and is not of Sluice: remove it, or put it elsewhere`);
  }

  /** Removes a branch there, where it can be; it does no harm where it stays. */
  async drop(branch: string): Promise<void> {
    await this.push({ [`refs/heads/${branch}`]: "" }).catch(() => undefined);
  }

  /** A failure that only a person can mend. */
  wrong(message: string): TargetFailure {
    return new TargetFailure(`${this.config.repository}: ${message}`, { retryable: false });
  }

  async #file(text: string): Promise<string> {
    const file = join(this.#folder, `text-${++this.#written}`);
    await writeFile(file, text);
    return file;
  }

  async #name(object: string): Promise<string> {
    return this.#nameIn(await this.#git(["rev-parse", "--verify", "--end-of-options", object]));
  }

  #nameIn({ output }: { readonly output: string }): string {
    const [name] = /^[0-9a-f]{40,64}$/m.exec(output) ?? [];
    if (name === undefined) throw new Error(`git named no object: ${output.slice(0, 200)}`);
    return name;
  }
}

function personOf({ author: { name, email } }: GitTarget, clock: Clock): Record<string, string> {
  const date = `@${Math.floor(clock.now() / 1_000)} +0000`;
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}
