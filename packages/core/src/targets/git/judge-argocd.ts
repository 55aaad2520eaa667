import { z } from "zod";
import { formatDuration } from "../../time/duration.ts";
import { fromRfc3339, type Millis } from "../../time/instant.ts";

/** How long after a sync a degraded application may still show what was before it, in ms. */
const graceMs = 60_000;

/** What Argo CD's API says of an application: `v1alpha1Application` of its OpenAPI document, as far as it counts here. */
export const argoApplicationSchema = z.object({
  status: z
    .object({
      sync: z.object({ status: z.string().optional(), revision: z.string().optional() }).optional(),
      health: z.object({ status: z.string().optional(), message: z.string().optional() }).optional(),
      operationState: z
        .object({
          phase: z.string().optional(),
          message: z.string().optional(),
          finishedAt: z.iso.datetime({ offset: true }).nullable().optional(),
          syncResult: z.object({ revision: z.string().optional() }).nullable().optional(),
        })
        .nullable()
        .optional(),
    })
    .optional(),
});

export type ArgoApplication = z.output<typeof argoApplicationSchema>;

/** How an application stands with a commit. */
export type Standing =
  | { readonly is: "healthy" }
  /** The reason is the same as long as it is the same. */
  | { readonly is: "waiting" | "failed"; readonly reason: string };

/**
 * Whether an application has taken over a commit and is healthy.
 * @param about.has whether a revision contains the commit; about.since when the commit was made
 */
export function judgeApplication(
  { status }: ArgoApplication,
  about: {
    readonly has: (revision: string) => boolean;
    readonly since: Millis;
    readonly now: Millis;
    readonly timeoutMs: number;
  },
): Standing {
  const { has, since, now, timeoutMs } = about;
  const late = now >= since + timeoutMs;
  const wait = (reason: string): Standing =>
    late
      ? { is: "failed", reason: `${reason}, ${formatDuration(timeoutMs)} after the commit` }
      : { is: "waiting", reason };
  const revision = status?.sync?.revision ?? "";
  const { phase, message, finishedAt, syncResult } = status?.operationState ?? {};
  if ((phase === "Failed" || phase === "Error") && has(syncResult?.revision ?? ""))
    return { is: "failed", reason: `its sync has failed${message === undefined ? "" : `: ${message.slice(0, 300)}`}` };
  if (!has(revision))
    return wait(`it is at ${revision === "" ? "no revision" : revision.slice(0, 12)} and does not have the commit yet`);
  if (status?.sync?.status !== "Synced") return wait(`it is ${status?.sync?.status ?? "not compared"}`);
  if (phase === "Running") return wait("it is being synced");
  const health = status.health?.status ?? "Unknown";
  if (health === "Healthy") return { is: "healthy" };
  const why = status.health?.message;
  const said = `it is ${health}${why === undefined || why === "" ? "" : `: ${why.slice(0, 300)}`}`;
  const settled = typeof finishedAt === "string" ? now >= fromRfc3339(finishedAt) + graceMs : late;
  return health === "Degraded" && settled ? { is: "failed", reason: said } : wait(said);
}
