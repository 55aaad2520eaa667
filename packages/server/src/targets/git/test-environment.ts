import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const settings = ["-c", "user.name=Carol", "-c", "user.email=carol@example", "-c", "commit.gpgSign=false"];

/** For tests: a real environment's repository, `envs.git`, in a folder that a server is given. */
export class TestEnvironment {
  readonly home = mkdtempSync(join(tmpdir(), "sluice-envs-"));
  /** What a server is given as its folder for repositories. */
  readonly folder = join(this.home, "repositories");
  readonly repository = join(this.folder, "envs.git");
  readonly #tree = join(this.home, "carol");

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(this.repository, { recursive: true });
    this.run("init", "--quiet", "--bare", "--initial-branch=main", ".");
    this.run("config", "http.receivepack", "true");
    this.run("config", "uploadpack.allowFilter", "true");
    this.run("config", "uploadpack.allowAnySHA1InWant", "true");
    execFileSync("git", ["clone", "--quiet", this.repository, this.#tree], { stdio: "ignore" });
    this.change(files, "Begin");
  }

  /** Runs git in the repository. @returns what it wrote */
  run(...args: string[]): string {
    return this.#git(this.repository, args);
  }

  /** Carol commits files to a branch, as it is now. @returns the commit */
  change(files: Readonly<Record<string, string>>, message: string, branch = "main"): string {
    const inTree = (...args: string[]) => this.#git(this.#tree, args);
    if (this.run("for-each-ref", `refs/heads/${branch}`) !== "") {
      inTree("fetch", "--quiet", "origin");
      inTree("checkout", "--quiet", "-B", branch, `origin/${branch}`);
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#tree, path)), { recursive: true });
      writeFileSync(join(this.#tree, path), text);
    }
    inTree("add", "--all");
    inTree("commit", "--quiet", "--message", message);
    inTree("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    return inTree("rev-parse", "HEAD");
  }

  /** Somebody merges a branch into main, as forges do. */
  merge(branch: string): void {
    const inTree = (...args: string[]) => this.#git(this.#tree, args);
    inTree("fetch", "--quiet", "origin");
    inTree("checkout", "--quiet", "-B", "main", "origin/main");
    inTree("merge", "--quiet", "--no-ff", "--message", `Merge ${branch}`, `origin/${branch}`);
    inTree("push", "--quiet", "origin", "HEAD:refs/heads/main");
  }

  /** What a file says on main. */
  read(path: string): string {
    return this.run("show", `main:${path}`);
  }

  remove(): void {
    rmSync(this.home, { recursive: true });
  }

  #git(cwd: string, args: readonly string[]): string {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    return execFileSync("git", [...settings, ...args], {
      cwd,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }
}
