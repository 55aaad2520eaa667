import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const git = [
  "-c",
  "user.name=Carol",
  "-c",
  "user.email=carol@example",
  "-c",
  "gpg.format=ssh",
  "-c",
  "tag.gpgSign=false",
];
const settings = [...git, "-c", "commit.gpgSign=false"];

/** A real repository `shop.git` in a folder for repositories, for tests, with keys that are trusted and not. */
export class TestRepository {
  readonly #home = mkdtempSync(join(tmpdir(), "sluice-forge-"));
  /** What a server is given as its folder for repositories. */
  readonly folder = join(this.#home, "repositories");
  readonly repository = join(this.folder, "shop.git");
  /** What a server is given as its file of allowed signers: Carol's key. */
  readonly signers = join(this.#home, "allowed_signers");

  /** An empty folder for what is made in passing. */
  readonly scratch = join(this.#home, "scratch");

  constructor() {
    mkdirSync(this.scratch);
    mkdirSync(this.repository, { recursive: true });
    this.run("init", "--quiet", "--bare", "--initial-branch=main", ".");
    writeFileSync(this.signers, `carol@example ${this.#key("carol")}\n`);
    this.#key("mallory");
  }

  /** Runs git in the repository. @returns what it wrote */
  run(...args: string[]): string {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    return execFileSync("git", [...settings, ...args], { cwd: this.repository, env, encoding: "utf8" }).trim();
  }

  /** Commits nothing but words to a branch. @returns the commit */
  commit(message: string, branch = "main", ...parents: string[]): string {
    const tree = this.run("hash-object", "-t", "tree", "-w", "/dev/null");
    const made = this.run("commit-tree", "-m", message, ...parents.flatMap((parent) => ["-p", parent]), tree);
    this.run("update-ref", `refs/heads/${branch}`, made);
    return made;
  }

  sign(who: "carol" | "mallory", tag: string, commit: string): void {
    this.run("-c", `user.signingkey=${join(this.#home, who)}.pub`, "tag", "-s", "-m", tag, tag, commit);
  }

  remove(): void {
    rmSync(this.#home, { recursive: true });
  }

  #key(who: string): string {
    const file = join(this.#home, who);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", who, "-f", file]);
    return execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim();
  }
}
