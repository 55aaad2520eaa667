/** What went wrong with a request, as the server's RFC 9457 problem says it or as the network shows it. */
export interface Problem {
  /** HTTP status; 0: no answer came. */
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
}

export class RequestFailed extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** The problem that an answer tells of, from its status and body; a body of another form is not shown to anybody. */
export function problemOf(status: number, body: unknown): Problem {
  const member = (name: string): string | undefined => {
    const value = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const detail = member("detail");
  return {
    status,
    title: member("title") ?? `The server answered with status ${status}`,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The problem behind anything that was thrown by a request. */
export function problemBehind(error: unknown): Problem {
  return error instanceof RequestFailed ? error.problem : { status: 0, title: "The server does not answer" };
}

/** One or two sentences for the screen: what is wrong, and what to do about it where that is known. */
export function problemText({ status, title, detail }: Problem): string {
  const said = detail === undefined ? title : `${title}: ${detail}`;
  const sentence = /[.!?]$/.test(said) ? said : `${said}.`;
  if (status === 401) return "The server does not accept this token. It may have expired or been revoked.";
  if (status === 403) return `${sentence} This needs a token with the role viewer or higher.`;
  return sentence;
}
