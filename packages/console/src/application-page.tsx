import { useEffect } from "react";
import { problemText } from "./api/problem.ts";
import { EventFeed } from "./feed/event-feed.tsx";
import { Commands } from "./frame/commands.tsx";
import { ConnectionLoss } from "./frame/connection-loss.tsx";
import { ConnectionSign } from "./frame/connection-sign.tsx";
import { Frozen } from "./frame/frozen.tsx";
import { TopBar } from "./frame/top-bar.tsx";
import { IssueList } from "./issues/issue-list.tsx";
import { ClockOffset } from "./live/clock.ts";
import { useApplication } from "./live/use-application.ts";
import type { Place } from "./session/fragment.ts";
import { StageRow } from "./stages/stage-row.tsx";
import { AskWhy } from "./stages/version.tsx";
import { WhyPanel } from "./why/why-panel.tsx";
import { summaryText } from "./words/summary.ts";

export interface ApplicationPageProps {
  readonly apps: readonly string[];
  readonly app: string;
  /** Number of the application's last event when the page was opened. */
  readonly seq: number;
  readonly token: string;
  readonly why: Place["why"];
  readonly go: (to: Place) => void;
  readonly onForget: () => void;
  /** The server no longer takes the token. */
  readonly onRefused: () => void;
}

/** One application, live. */
export function ApplicationPage({ apps, app, seq, token, why, go, onForget, onRefused }: ApplicationPageProps) {
  const [{ status, problem, events, connection, clockOffset }, retry] = useApplication(app, token, seq);
  const refused = problem?.status === 401 || (connection.state === "lost" && connection.problem.status === 401);
  useEffect(() => {
    if (refused) onRefused();
  }, [refused, onRefused]);
  useEffect(() => {
    document.title = `${app} · Sluice`;
  }, [app]);

  return (
    <ClockOffset value={clockOffset}>
      <AskWhy value={(version, stage) => go({ app, why: { version, stage } })}>
        <TopBar apps={apps} app={app} onSelect={(other) => go({ app: other })} onForget={onForget}>
          <ConnectionSign connection={connection} />
        </TopBar>
        {connection.state === "lost" && (
          <ConnectionLoss
            connection={connection}
            answers={problem?.status !== 0}
            clockOffset={clockOffset}
            onRetry={retry}
          />
        )}
        {problem !== undefined && problem.status !== 0 && (
          <div className="banner bad">
            <p role="alert">{problemText(problem)}</p>
          </div>
        )}
        {status?.frozen !== undefined && <Frozen frozen={status.frozen} />}
        <main className={connection.state === "lost" ? "stale" : undefined}>
          {status === undefined ? (
            problem === undefined && <p className="none">asking the server…</p>
          ) : (
            <>
              <p className="overview">{summaryText(status)}</p>
              <StageRow stages={status.stages} />
              {status.releases === 0 && (
                <Commands
                  title="No release yet. Publish the first one:"
                  lines={[`npx sluice publish 1.0.0 --app ${app} --component NAME=PATH`]}
                />
              )}
              <div className="below">
                <EventFeed events={events} />
                <IssueList issues={status.openIssues} />
              </div>
            </>
          )}
        </main>
        {why !== undefined && (
          <WhyPanel
            key={`${why.version} ${why.stage}`}
            {...{ app, token, ...why }}
            seq={status?.seq ?? 0}
            onClose={() => go({ app })}
          />
        )}
      </AskWhy>
    </ClockOffset>
  );
}
