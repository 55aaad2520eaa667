import { useEffect, useReducer, useRef } from "react";
import { type Application, learn, nothingKnown } from "./application.ts";
import { useVisible } from "./use-visible.ts";
import { type Watch, watchApplication } from "./watch.ts";

/** How far back the feed begins, in events. */
const backlog = 200;

/**
 * What is known of an application, as long as the tab can be seen. A component that uses it shows one application in its life:
 * give it the application as its key.
 * @param seq number of the application's last event, as far as is known
 * @returns what is known, and `retry` to connect at once
 */
export function useApplication(app: string, token: string, seq: number): [known: Application, retry: () => void] {
  const [known, happened] = useReducer(learn, nothingKnown);
  const after = useRef(Math.max(0, seq - backlog));
  const watch = useRef<Watch>(null);
  const visible = useVisible();

  useEffect(() => {
    if (!visible) return;
    const current = watchApplication({
      app,
      token,
      after: after.current,
      happened: (happening) => {
        if (happening.type === "events")
          after.current = Math.max(after.current, ...happening.events.map((event) => event.seq));
        happened(happening);
      },
    });
    watch.current = current;
    return current.stop;
  }, [app, token, visible]);

  return [known, () => watch.current?.retry()];
}
