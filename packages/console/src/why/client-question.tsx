import type { ClientExplanation } from "@sluice/core/views/client/explain-client.ts";
import { type FormEvent, useState } from "react";
import { problemText } from "../api/problem.ts";
import { appPath } from "../api/request.ts";
import { useAnswer } from "../live/use-answer.ts";
import { Ago } from "../time/ago.tsx";
import { Countdown } from "../time/countdown.tsx";

const everyMs = 5_000;

interface Asked {
  readonly app: string;
  readonly token: string;
  readonly version: string;
  readonly stage: string;
  readonly seq: number;
}

/** Asks why one client did, or did not, get the release. */
export function ClientQuestion(asked: Asked) {
  const [client, setClient] = useState<string>();
  const ask = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const id = new FormData(event.currentTarget).get("client");
    setClient(typeof id === "string" && id.trim() !== "" ? id.trim() : undefined);
  };
  return (
    <section className="verdicts client">
      <h3>One client</h3>
      <form onSubmit={ask}>
        <label>
          Its id <input name="client" maxLength={128} pattern="[A-Za-z0-9._:@\-]+" required={true} />
        </label>
        <button type="submit" className="quiet">
          Ask
        </button>
      </form>
      {client !== undefined && <ClientAnswer key={client} {...asked} client={client} />}
    </section>
  );
}

function ClientAnswer({ app, token, version, stage, seq, client }: Asked & { readonly client: string }) {
  const path = appPath(app, "why", version, stage, "clients", client);
  const { answer, problem } = useAnswer<ClientExplanation>(path, token, seq, everyMs);
  if (problem !== undefined) return <p role="alert">{problemText(problem)}</p>;
  if (answer === undefined) return <p className="none">asking…</p>;
  return (
    <>
      <p className="summary">{answer.summary}</p>
      <ul>
        {answer.obstacles.map(({ obstacle, detail, until, who }) => (
          <li key={obstacle} className="wait">
            <span className="mark" aria-hidden="true">
              …
            </span>
            <div>
              <p className="headline">
                <strong>{obstacle}</strong>
                {until !== undefined && <Countdown until={until} />}
              </p>
              <p>{detail}</p>
              <p className="who">Can be changed by {who}</p>
            </div>
          </li>
        ))}
      </ul>
      {answer.reports.length === 0 ? (
        <p className="none">It has reported nothing on this channel.</p>
      ) : (
        <p>
          Last reported: {answer.reports[0]?.status} {answer.reports[0]?.version}{" "}
          <Ago at={answer.reports[0]?.at ?? answer.at} />
        </p>
      )}
    </>
  );
}
