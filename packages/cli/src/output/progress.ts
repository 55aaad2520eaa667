import { sizeText } from "@sluice/core/views/size-text.ts";
import { createLogUpdate } from "log-update";
import type { Out } from "../io.ts";
import type { Session } from "../session.ts";
import { bar } from "./table.ts";

/** Tells how far long work has come: a bar on a terminal, one line at its end elsewhere. */
export interface Progress {
  /** @param done out of the whole */
  at(done: number): void;
  end(): void;
}

const redrawMs = 80;

/** Work of unknown size on standard error, by the share done, from 0 to 1. Silent with `--json` and where there is no terminal. */
export function showShare(session: Session, label: string): { at(share: number): void; end(): void } {
  const { stderr } = session.io;
  if (session.json || stderr.isTTY !== true || session.io.env.TERM === "dumb") return { at() {}, end() {} };
  const draw = createLogUpdate(stderr as Out & NodeJS.WriteStream);
  let drawnAt = 0;
  return {
    at(share) {
      const now = performance.now();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      draw(`${label}  ${bar(share * 10_000)}  ${Math.round(share * 100)}%`);
    },
    end: () => draw.clear(),
  };
}

/** Progress of moving `total` bytes, or what `say` makes of the number, on standard error. Silent with `--json`. */
export function showProgress(session: Session, label: string, total: number, say = sizeText): Progress {
  if (session.json) return { at() {}, end() {} };
  const { stderr } = session.io;
  if (stderr.isTTY !== true || session.io.env.TERM === "dumb")
    return { at() {}, end: () => void stderr.write(`${label}  ${say(total)}\n`) };
  const draw = createLogUpdate(stderr as Out & NodeJS.WriteStream);
  let drawnAt = 0;
  const line = (done: number) =>
    `${label}  ${bar(total === 0 ? 10_000 : (done / total) * 10_000)}  ${say(done)} of ${say(total)}`;
  return {
    at(done) {
      const now = performance.now();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      draw(line(done));
    },
    end() {
      draw(line(total));
      draw.done();
    },
  };
}
