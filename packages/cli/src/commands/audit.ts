import type { SealedEvent } from "@sluice/core/log/event.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { logPages, logPath } from "../api/pages.ts";
import type { AppSummary } from "../api/shapes.ts";
import { verifyOffline } from "../audit/offline.ts";
import { verifyOnline, verifyServerLog } from "../audit/online.ts";
import type { LogVerdict } from "../audit/verify-log.ts";
import { exitCodes } from "../failure.ts";
import { moment } from "../moment.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession, Session } from "../session.ts";
import { describeEvent } from "../views/describe-event.ts";
import { verdictText } from "../views/verdict-text.ts";

export function addAudit(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
  const audit = program
    .command("audit")
    .description("the log: everything that happened, who did it and why")
    .option("--since <when>", "a time, or a duration back from now such as 24h")
    .action(async ({ since }: { since?: string }, command: Command) => {
      const session = open(command);
      const from = since === undefined ? "" : rfc3339(moment("--since", since, "past"));
      const app = await session.app();
      const events: SealedEvent[] = [];
      for await (const page of logPages(session.api(), logPath(app)))
        events.push(...page.filter((event) => event.at >= from));
      session.print({ app, events }, () =>
        events.length === 0
          ? `Nothing happened to ${app}${since === undefined ? "" : ` since ${when(from)}`}.\n`
          : table(
              session.style,
              ["#", "WHEN", "WHO", "WHAT"],
              events.map((event) => [String(event.seq), when(event.at), cell(event.actor), paintEvent(event, session)]),
            ),
      );
    });
  audit
    .command("verify")
    .description("recompute the log's chain and hold it against the signed feeds; names the first broken link")
    .option("--data <dir>", "in the data folder of a server that does not run")
    .action(async ({ data }: { data?: string }, command: Command) => {
      const session = open(command);
      const logs = data === undefined ? await verifyOverApi(session) : await verifyOffline(data, session.namedApp);
      const ok = logs.every((log) => log.ok);
      session.print(
        { ok, logs },
        () => logs.map((log) => verdictText(log, session.style)).join("") || "There is no log yet.\n",
      );
      if (!ok) exitWith(exitCodes.failed);
    });
}

async function verifyOverApi(session: Session): Promise<LogVerdict[]> {
  const api = session.api();
  const { namedApp } = session;
  if (namedApp !== undefined && namedApp !== "_server") return [await verifyOnline(api, namedApp)];
  const { apps } =
    namedApp === undefined ? await api.get<{ apps: readonly AppSummary[] }>(apiPath("apps")) : { apps: [] };
  const verdicts: LogVerdict[] = [];
  for (const { app } of apps) verdicts.push(await verifyOnline(api, app));
  const server = await verifyServerLog(api);
  if (server === "not allowed") session.note("The log of tokens was not verified: that needs an admin token.");
  else verdicts.push(server);
  return verdicts;
}

function paintEvent(event: SealedEvent, { style }: Session): string {
  const { text, tone } = describeEvent(event);
  if (tone === "good") return style.green(text);
  if (tone === "bad") return style.red(text);
  return tone === "quiet" ? style.dim(text) : text;
}
