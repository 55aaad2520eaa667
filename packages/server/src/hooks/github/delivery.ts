import type { ForgeChange } from "@sluice/core/forge/change.ts";
import { z } from "zod";

/** What every delivery of a repository's hook has. */
const originSchema = z.object({
  repository: z.object({ full_name: z.string().regex(/^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/) }),
  sender: z.object({ login: z.string().regex(/^[A-Za-z0-9_[\]-]{1,100}$/) }).optional(),
});

const commitSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const nameSchema = z.string().min(1).max(255);

const pushSchema = z.object({
  ref: nameSchema,
  after: commitSchema,
  deleted: z.boolean().default(false),
  // Of an annotated tag, `after` is the tag's own object, and only this is the commit.
  head_commit: z.object({ id: commitSchema }).nullish(),
  commits: z
    .array(z.object({ id: commitSchema }))
    .max(2_048)
    .default([]),
});

const refSchema = z.object({ ref: nameSchema, ref_type: z.string() });

const pullRequestSchema = z.object({
  action: z.string(),
  pull_request: z.object({
    merged: z.boolean().nullish(),
    merge_commit_sha: commitSchema.nullish(),
    base: z.object({ ref: nameSchema }),
    head: z.object({ sha: commitSchema }).optional(),
  }),
});

/** Where a delivery says that it comes from, and who caused it. */
export interface Origin {
  /** `owner/name`, in lower case. */
  readonly repository: string;
  /** For the log: `github:LOGIN`. */
  readonly actor: string;
}

/** Reads where a delivery says that it comes from. Nothing of it is to be believed before its signature was checked. */
export function originOf(payload: unknown): Origin | undefined {
  const { success, data } = originSchema.safeParse(payload);
  if (!success) return undefined;
  return { repository: data.repository.full_name.toLowerCase(), actor: `github:${data.sender?.login ?? "ghost"}` };
}

/**
 * What an event of GitHub tells of, by its name and payload; a text says why it tells nothing.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads: `push`, `create`, `delete`, `pull_request`.
 */
export function changeOf(event: string, payload: unknown): ForgeChange | string {
  switch (event) {
    case "push":
      return pushed(payload);
    case "create":
    case "delete": {
      const { success, data } = refSchema.safeParse(payload);
      if (!success || data.ref_type !== "tag") return `a "${event}" that is not about a tag`;
      return event === "create" ? { kind: "tag", tag: data.ref } : { kind: "tag-deleted", tag: data.ref };
    }
    case "pull_request": {
      const { success, data } = pullRequestSchema.safeParse(payload);
      if (!success || data.action !== "closed" || data.pull_request.merged !== true)
        return "no pull request was merged";
      const { merge_commit_sha: commit, base, head } = data.pull_request;
      return commit ? merge(base.ref, commit, head ? [head.sha] : []) : "the merge names no commit";
    }
    case "ping":
      return "GitHub asks whether anybody is here";
    default:
      return `events of the kind "${event.slice(0, 50)}" mean nothing here`;
  }
}

function pushed(payload: unknown): ForgeChange | string {
  const { success, data } = pushSchema.safeParse(payload);
  if (!success) return "the push names no commit";
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.+)$/s.exec(data.ref) ?? [];
  if (kind === "tags") {
    if (data.deleted) return { kind: "tag-deleted", tag: name };
    const commit = data.head_commit?.id;
    return { kind: "tag", tag: name, ...(commit === undefined ? {} : { commit }) };
  }
  if (kind !== "heads") return "neither a branch nor a tag was pushed";
  const ids = data.commits.map(({ id }) => id);
  return data.deleted ? "a branch was deleted" : merge(name, data.after, ids);
}

function merge(branch: string, commit: string, all: readonly string[]): ForgeChange {
  const others = all.filter((one) => one !== commit);
  return { kind: "merge", branch, commit, ...(others.length === 0 ? {} : { others }) };
}
