import { useEffect, useMemo, useState } from "react";
import { type Problem, problemBehind } from "../api/problem.ts";
import { requestJson } from "../api/request.ts";

/** The last answer to a question, and why the last attempt had none. */
export interface Answered<Answer> {
  readonly answer?: Answer;
  readonly problem?: Problem;
}

/**
 * Asks the API a question again and again. The path is the question: a component asks one in its life.
 * @param path below `/api/v1`
 * @param when asked anew whenever it changes, and every `everyMs` milliseconds
 */
export function useAnswer<Answer>(path: string, token: string, when: unknown, everyMs: number): Answered<Answer> {
  const [answered, setAnswered] = useState<Answered<Answer>>({});
  const question = useMemo(() => ({ path, when }), [path, when]);

  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    const ask = () =>
      requestJson<Answer>(question.path, { token, signal }).then(
        (answer) => signal.aborted || setAnswered({ answer }),
        (error: unknown) => signal.aborted || setAnswered((before) => ({ ...before, problem: problemBehind(error) })),
      );
    ask();
    const timer = setInterval(ask, everyMs);
    return () => {
      ending.abort();
      clearInterval(timer);
    };
  }, [question, token, everyMs]);

  return answered;
}
