import { z } from "zod";
import { type Api, askApi } from "../ask-api.ts";
import type { Forge } from "./forge.ts";

/** GitHub's REST API, version 2022-11-28: docs.github.com/en/rest/pulls/pulls. */
const pullSchema = z.object({
  number: z.int(),
  html_url: z.string(),
  state: z.enum(["open", "closed"]),
  merged_at: z.string().nullable().optional(),
  body: z.string().nullable(),
  head: z.object({ ref: z.string() }),
});
const userSchema = z.object({ login: z.string() }).nullable().optional();

export function github(repository: string, token: string, api: Omit<Api, "headers">): Forge {
  const headers = {
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    authorization: `Bearer ${token}`,
    "user-agent": "sluice",
  };
  const ask = <Schema extends z.ZodType>(
    method: "GET" | "POST" | "PATCH",
    path: string,
    schema: Schema,
    body?: object,
  ) => askApi({ ...api, headers }, method, `/repos/${repository}${path}`, schema, body);
  const [owner = ""] = repository.split("/");
  const asPull = ({ number, html_url, state, merged_at, body, head }: z.output<typeof pullSchema>) => ({
    number,
    url: html_url,
    branch: head.ref,
    state: merged_at == null ? state : ("merged" as const),
    text: body ?? "",
  });
  return {
    async list({ base, branch }) {
      const query = new URLSearchParams({ base, per_page: "100", sort: "created", direction: "desc" });
      query.set("state", branch === undefined ? "open" : "all");
      if (branch !== undefined) query.set("head", `${owner}:${branch}`);
      return (await ask("GET", `/pulls?${query}`, z.array(pullSchema))).map(asPull);
    },
    async open({ branch, base, title, text }) {
      return asPull(await ask("POST", "/pulls", pullSchema, { head: branch, base, title, body: text }));
    },
    async close(number) {
      await ask("PATCH", `/pulls/${number}`, pullSchema, { state: "closed" });
    },
    async endedBy(number) {
      const { merged_by } = await ask("GET", `/pulls/${number}`, z.object({ merged_by: userSchema }));
      if (merged_by != null) return merged_by.login;
      return (await ask("GET", `/issues/${number}`, z.object({ closed_by: userSchema }))).closed_by?.login;
    },
  };
}
