/** A pull request, or what a forge calls one. */
export interface PullRequest {
  readonly number: number;
  /** For people. */
  readonly url: string;
  /** The branch that it comes from. */
  readonly branch: string;
  readonly state: "open" | "merged" | "closed";
  readonly text: string;
}

export interface Draft {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

/** Where pull requests are. Every call rejects with a TargetFailure where the forge does not do it. */
export interface Forge {
  /** Those into `base` that are open, or that ever came from a branch: the newest hundred. */
  list(about: { readonly base: string; readonly branch?: string }): Promise<PullRequest[]>;
  open(draft: Draft): Promise<PullRequest>;
  close(number: number): Promise<void>;
  /** Who merged or closed it; undefined: the forge does not say. */
  endedBy(number: number): Promise<string | undefined>;
}
