import { z } from "zod";
import { type Api, askApi } from "../ask-api.ts";
import type { Forge } from "./forge.ts";

/** Gitea's and Forgejo's API v1: docs.gitea.com/api, section repository. */
const pullSchema = z.object({
  number: z.int(),
  html_url: z.string(),
  state: z.enum(["open", "closed"]),
  merged: z.boolean(),
  body: z.string().nullable(),
  head: z.object({ ref: z.string() }),
  base: z.object({ ref: z.string() }),
});
const userSchema = z.object({ login: z.string() }).nullable().optional();

/** It gives at most 50 at a time where its configuration says nothing else. */
const pageSize = 50;
const pagesMax = 4;

export function gitea(repository: string, token: string, api: Omit<Api, "headers">): Forge {
  const ask = <Schema extends z.ZodType>(
    method: "GET" | "POST" | "PATCH",
    path: string,
    schema: Schema,
    body?: object,
  ) =>
    askApi(
      { ...api, headers: { authorization: `token ${token}` } },
      method,
      `/repos/${repository}${path}`,
      schema,
      body,
    );
  const asPull = ({ number, html_url, state, merged, body, head }: z.output<typeof pullSchema>) => ({
    number,
    url: html_url,
    branch: head.ref,
    state: merged ? ("merged" as const) : state,
    text: body ?? "",
  });
  return {
    async list({ base, branch }) {
      const found: z.output<typeof pullSchema>[] = [];
      const query = { state: branch === undefined ? "open" : "all", sort: "recentupdate", limit: String(pageSize) };
      for (let page = 1; page <= pagesMax; page++) {
        const path = `/pulls?${new URLSearchParams({ ...query, page: String(page) })}`;
        const pulls = await ask("GET", path, z.array(pullSchema));
        found.push(...pulls.filter((pull) => pull.base.ref === base && (branch ?? pull.head.ref) === pull.head.ref));
        if (pulls.length < pageSize) break;
      }
      return found.sort((a, b) => b.number - a.number).map(asPull);
    },
    async open({ branch, base, title, text }) {
      return asPull(await ask("POST", "/pulls", pullSchema, { head: branch, base, title, body: text }));
    },
    async close(number) {
      await ask("PATCH", `/pulls/${number}`, pullSchema, { state: "closed" });
    },
    async endedBy(number) {
      const { merged_by } = await ask("GET", `/pulls/${number}`, z.object({ merged_by: userSchema }));
      return merged_by?.login;
    },
  };
}
