import { usualAlertRules } from "@sluice/core/alerts/alert-labels.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { alertOf, type MonitorAlert, monitorAlertSchema } from "../../hooks/alertmanager/alert-of.ts";
import { actorOf } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const mostAlerts = 1_000;

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4 */
const notificationSchema = z.looseObject({ alerts: z.array(monitorAlertSchema).max(mostAlerts) });

const outcomeSchema = z.object({
  fingerprint: z.string(),
  app: z.string().exactOptional(),
  outcome: z.enum(["opened", "resolved", "known", "ignored"]),
  detail: z.string(),
});
type Outcome = z.infer<typeof outcomeSchema>;

/** What Alertmanager sends: an alert about a release opens an issue, and resolves it when it is over. */
export function alertmanagerHookRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/hooks/alertmanager",
    {
      config: { access: "alert" },
      schema: {
        summary: "Notifications of Alertmanager: alerts open and resolve issues",
        querystring: z.object({
          app: nameSchema.exactOptional().describe("Absent: the one that the alert's label names"),
        }),
        body: notificationSchema,
        response: { 200: z.object({ alerts: z.array(outcomeSchema) }), ...refusals },
      },
    },
    async (request) => {
      const { alerts } = request.body;
      const only = request.query.app;
      if (only !== undefined) accepted(plane.find(only));
      const outcomes: Outcome[] = [];
      for (const alert of alerts) outcomes.push(await take(alert, only, actorOf(request), request.token?.stages));
      return { alerts: outcomes };
    },
  );

  async function take(
    alert: MonitorAlert,
    only: string | undefined,
    actor: string,
    stages: readonly string[] | undefined,
  ): Promise<Outcome> {
    const { fingerprint } = alert;
    const name = only ?? plane.apps().find((candidate) => alert.labels[rulesOf(candidate).labels.app] === candidate);
    if (name === undefined)
      return { fingerprint, outcome: "ignored", detail: "no label names an application that is here" };
    const ignored = (detail: string): Outcome => ({ fingerprint, app: name, outcome: "ignored", detail });
    const read = alertOf(alert, rulesOf(name));
    if (typeof read === "string") return ignored(read);
    if (stages !== undefined && (read.stage === undefined || !stages.includes(read.stage)))
      return ignored(`the token is limited to ${stages.join(", ")}`);
    const outcome = await plane.execute(name, { type: "RecordAlert", alert: read }, actor);
    if (isRejection(outcome)) return ignored(outcome.message);
    const fact = outcome.events.find(({ type }) => type === "IssueOpened" || type === "IssueResolved");
    if (fact === undefined) return { fingerprint, app: name, outcome: "known", detail: "nothing has changed" };
    return {
      fingerprint,
      app: name,
      outcome: fact.type === "IssueOpened" ? "opened" : "resolved",
      detail: String(fact.data.id),
    };
  }

  function rulesOf(name: string) {
    return plane.state(name)?.pipeline?.pipeline.alerts ?? usualAlertRules;
  }
}
