import { useCallback, useEffect, useState } from "react";
import { problemText } from "./api/problem.ts";
import { ApplicationPage } from "./application-page.tsx";
import { NoApplication } from "./frame/no-application.tsx";
import { TopBar } from "./frame/top-bar.tsx";
import { useAnswer } from "./live/use-answer.ts";
import { forgetToken, keepToken, startingToken } from "./session/token.ts";
import { TokenForm } from "./session/token-form.tsx";
import { usePlace } from "./session/use-place.ts";

/** How often the list of applications is asked for, in ms: while there is none, and when there are some. */
const eagerMs = 5_000;
const calmMs = 30_000;

const refusal = problemText({ status: 401, title: "" });

interface AppsAnswer {
  readonly apps: readonly { readonly app: string; readonly seq: number }[];
}

/** The whole page: the entrance while there is no token, and what is behind it. */
export function Console() {
  const [token, setToken] = useState(startingToken);
  const [complaint, setComplaint] = useState<string>();
  const leave = useCallback((because?: string) => {
    forgetToken();
    setToken(undefined);
    setComplaint(because);
  }, []);
  const enter = (given: string) => {
    keepToken(given);
    setToken(given);
  };
  return token === undefined ? (
    <TokenForm complaint={complaint} onToken={enter} />
  ) : (
    <Inside token={token} leave={leave} />
  );
}

/** The application that the address names, or else the first. */
function Inside({ token, leave }: { readonly token: string; readonly leave: (because?: string) => void }) {
  const { place, go } = usePlace();
  const [everyMs, setEveryMs] = useState(eagerMs);
  const { answer, problem } = useAnswer<AppsAnswer>("apps", token, undefined, everyMs);
  const onForget = useCallback(() => leave(), [leave]);
  const onRefused = useCallback(() => leave(refusal), [leave]);
  const refused = problem?.status === 401;
  useEffect(() => {
    if (refused) onRefused();
  }, [refused, onRefused]);
  const some = answer !== undefined && answer.apps.length > 0;
  useEffect(() => setEveryMs(some ? calmMs : eagerMs), [some]);

  const apps = answer?.apps ?? [];
  const names = apps.map(({ app }) => app);
  const shown = place.app === undefined ? apps[0] : apps.find(({ app }) => app === place.app);
  if (shown !== undefined)
    return (
      <ApplicationPage key={shown.app} {...{ ...shown, apps: names, token, why: place.why, go, onForget, onRefused }} />
    );
  return (
    <>
      <TopBar apps={[]} onSelect={(app) => go({ app })} onForget={onForget} />
      {problem !== undefined && (
        <div className="banner bad">
          <p role="alert">{problemText(problem)}</p>
          <p className="aside">Asking again every {everyMs / 1_000} seconds.</p>
        </div>
      )}
      <main>
        {answer !== undefined && <NoApplication wanted={place.app} names={names} onSelect={(app) => go({ app })} />}
      </main>
    </>
  );
}
