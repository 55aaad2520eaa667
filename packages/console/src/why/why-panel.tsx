import type { Explanation } from "@sluice/core/views/why.ts";
import { useEffect, useRef } from "react";
import { problemText } from "../api/problem.ts";
import { appPath } from "../api/request.ts";
import { useAnswer } from "../live/use-answer.ts";
import { ClientQuestion } from "./client-question.tsx";
import { WhyAnswer } from "./why-answer.tsx";

/** How often the question is asked again while the panel is open, in ms. */
const everyMs = 5_000;

interface WhyPanelProps {
  readonly app: string;
  readonly token: string;
  readonly version: string;
  readonly stage: string;
  /** Number of the application's last event; the question is asked again when it grows. */
  readonly seq: number;
  readonly onClose: () => void;
}

/** Answers why a release stands in a stage as it does, beside the page. Escape and a click outside close it. */
export function WhyPanel({ app, token, version, stage, seq, onClose }: WhyPanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { answer, problem } = useAnswer<Explanation>(appPath(app, "why", version, stage), token, seq, everyMs);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog ref={dialog} className="why" aria-labelledby="why-title" closedby="any" onClose={onClose}>
      <header>
        <h2 id="why-title">
          <span className="version">{version}</span> in {stage}
        </h2>
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {problem !== undefined && <p role="alert">{problemText(problem)}</p>}
      {answer !== undefined && <WhyAnswer explanation={answer} />}
      {answer !== undefined && <ClientQuestion app={app} token={token} version={version} stage={stage} seq={seq} />}
      {answer === undefined && problem === undefined && <p className="none">asking…</p>}
    </dialog>
  );
}
