import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Cut } from "../cut.ts";

export type ForgeKind = "github" | "gitlab" | "gitea";

interface Pull {
  readonly number: number;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly text: string;
  state: "open" | "merged" | "closed";
  by?: string;
}

/**
 * For tests: a fake. It keeps pull requests, and speaks so much of the documented API of each forge as is needed here, in the
 * forms that their documents give as of 2026. No forge was asked; what is merged, the test merges with git.
 */
export class FakeForge {
  readonly pulls: Pull[] = [];
  /** What every request must have in its headers. */
  static readonly token = "s3cret-token";
  /** Done with each that is opened, before anybody is told. */
  onOpen: (pull: Pull) => void = () => undefined;
  readonly #kind: ForgeKind;
  readonly #cut: Cut;
  readonly #server = createServer(async (request, response) => {
    if (this.#cut.isOff) {
      request.socket.destroy();
      return;
    }
    const { status, body, changed } = this.#answer(request, await bodyOf(request));
    if (changed === true && !this.#cut.made()) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });

  constructor(kind: ForgeKind, cut = new Cut()) {
    this.#kind = kind;
    this.#cut = cut;
  }

  /** Begins to listen. @returns the address of the API */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${{ github: "", gitlab: "/api/v4", gitea: "/api/v1" }[this.#kind]}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer({ headers, method = "", url = "" }: IncomingMessage, body: Readonly<Record<string, string>>): Answer {
    const sent = { github: headers.authorization, gitlab: headers["private-token"], gitea: headers.authorization };
    const wanted = { github: "Bearer ", gitlab: "", gitea: "token " }[this.#kind] + FakeForge.token;
    if (sent[this.#kind] !== wanted) return { status: 401, body: { message: "Bad credentials" } };
    const { pathname, searchParams } = new URL(url, "http://127.0.0.1");
    const path = {
      github: /^\/repos\/acme\/envs\/(pulls|issues)(?:\/(\d+))?$/,
      gitlab: /^\/api\/v4\/projects\/acme%2Fenvs\/(merge_requests)(?:\/(\d+))?$/,
      gitea: /^\/api\/v1\/repos\/acme\/envs\/(pulls)(?:\/(\d+))?$/,
    }[this.#kind].exec(pathname);
    if (path === null) return { status: 404, body: { message: "Not Found" } };
    const [, what, number] = path;
    if (number === undefined && method === "GET") return { status: 200, body: this.#listed(searchParams) };
    if (number === undefined && method === "POST") return this.#opened(body);
    const pull = this.pulls.find((one) => one.number === Number(number));
    if (pull === undefined) return { status: 404, body: { message: "Not Found" } };
    if (method === "GET") return { status: 200, body: this.#shown(pull, what === "issues") };
    pull.state = "closed";
    pull.by = "robot";
    return { status: 200, body: this.#shown(pull), changed: true };
  }

  #listed(query: URLSearchParams): object[] {
    const state = query.get("state");
    const base = query.get("base") ?? query.get("target_branch");
    const branch = query.get("head")?.replace(/^acme:/, "") ?? query.get("source_branch");
    if (Number(query.get("page") ?? 1) > 1) return [];
    return this.pulls
      .filter((pull) => state === "all" || pull.state === "open")
      .filter((pull) => (base ?? pull.base) === pull.base && (branch ?? pull.branch) === pull.branch)
      .reverse()
      .map((pull) => this.#shown(pull));
  }

  #opened(body: Readonly<Record<string, string>>): Answer {
    const branch = body.head ?? body.source_branch ?? "";
    const base = body.base ?? body.target_branch ?? "";
    if (this.pulls.some((pull) => pull.state === "open" && pull.branch === branch && pull.base === base))
      return {
        status: this.#kind === "github" ? 422 : 409,
        body: { message: `A pull request already exists for acme:${branch}.` },
      };
    const pull: Pull = {
      number: this.pulls.length + 1,
      branch,
      base,
      title: body.title ?? "",
      text: body.body ?? body.description ?? "",
      state: "open",
    };
    this.pulls.push(pull);
    this.onOpen(pull);
    return { status: 201, body: this.#shown(pull), changed: true };
  }

  #shown(pull: Pull, asIssue = false): object {
    const { number, branch, base, state, by, text, title } = pull;
    const merged = state === "merged";
    const url = `https://forge.example/acme/envs/pull/${number}`;
    if (this.#kind === "gitlab") {
      const user = by === undefined ? null : { username: by };
      const ended = { merge_user: merged ? user : null, closed_by: state === "closed" ? user : null };
      const named = { iid: number, web_url: url, title, description: text };
      return {
        ...named,
        state: state === "open" ? "opened" : state,
        source_branch: branch,
        target_branch: base,
        ...ended,
      };
    }
    const user = by === undefined ? null : { login: by };
    if (asIssue) return { number, closed_by: user };
    const named = { number, html_url: url, title, body: text, head: { ref: branch }, base: { ref: base } };
    const ended = { merged, merged_at: merged ? "2026-01-01T00:00:00Z" : null, merged_by: merged ? user : null };
    return { ...named, state: state === "open" ? "open" : "closed", ...ended };
  }
}

interface Answer {
  readonly status: number;
  readonly body: object;
  /** Whether something is there now that was not. */
  readonly changed?: boolean;
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}
