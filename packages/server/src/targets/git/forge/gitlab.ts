import { z } from "zod";
import { type Api, askApi } from "../ask-api.ts";
import type { Forge } from "./forge.ts";

/** GitLab's REST API v4: docs.gitlab.com/api/merge_requests. */
const mergeRequestSchema = z.object({
  iid: z.int(),
  web_url: z.string(),
  state: z.enum(["opened", "closed", "merged", "locked"]),
  description: z.string().nullable(),
  source_branch: z.string(),
});
const userSchema = z.object({ username: z.string() }).nullable().optional();
const endedSchema = z.object({ merged_by: userSchema, merge_user: userSchema, closed_by: userSchema });

export function gitlab(repository: string, token: string, api: Omit<Api, "headers">): Forge {
  const ask = <Schema extends z.ZodType>(method: "GET" | "POST" | "PUT", path: string, schema: Schema, body?: object) =>
    askApi(
      { ...api, headers: { "private-token": token } },
      method,
      `/projects/${encodeURIComponent(repository)}/merge_requests${path}`,
      schema,
      body,
    );
  const asPull = ({ iid, web_url, state, description, source_branch }: z.output<typeof mergeRequestSchema>) => ({
    number: iid,
    url: web_url,
    branch: source_branch,
    // Locked: it is being merged at this moment.
    state: state === "opened" || state === "locked" ? ("open" as const) : state,
    text: description ?? "",
  });
  return {
    async list({ base, branch }) {
      const query = new URLSearchParams({ target_branch: base, per_page: "100", order_by: "created_at", sort: "desc" });
      query.set("state", branch === undefined ? "opened" : "all");
      if (branch !== undefined) query.set("source_branch", branch);
      return (await ask("GET", `?${query}`, z.array(mergeRequestSchema))).map(asPull);
    },
    async open({ branch, base, title, text }) {
      const body = { source_branch: branch, target_branch: base, title, description: text, remove_source_branch: true };
      return asPull(await ask("POST", "", mergeRequestSchema, body));
    },
    async close(number) {
      await ask("PUT", `/${number}`, mergeRequestSchema, { state_event: "close" });
    },
    async endedBy(number) {
      const { merge_user, merged_by, closed_by } = await ask("GET", `/${number}`, endedSchema);
      return (merge_user ?? merged_by ?? closed_by)?.username;
    },
  };
}
