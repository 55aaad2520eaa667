import { setTimeout as delay } from "node:timers/promises";
import type { StatusView } from "@sluice/core/views/status.ts";
import { createLogUpdate } from "log-update";
import { apiPath } from "../api/api.ts";
import { followEvents } from "../api/follow.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Out } from "../io.ts";
import type { Session } from "../session.ts";
import { statusLines } from "./status-lines.ts";

/** Countdowns and clients' counts change without events: they are asked for this often, in ms. */
const refreshMs = 1_000;

/**
 * Shows the status until the session's signal is aborted: redrawn on a terminal; elsewhere the lines that changed. A server that
 * goes away is waited for.
 */
export async function watchStatus(session: Session, app: string): Promise<void> {
  const { signal, stdout } = session.io;
  const linesOf = (status: StatusView) => statusLines(status, session.style, { repeatNames: stdout.isTTY !== true });
  const show = stdout.isTTY === true ? redraw(stdout) : printChanges(stdout);
  const first = await session.api().get<StatusView>(apiPath("apps", app, "status"));
  show.lines(linesOf(first));
  let nap = new AbortController();
  void notifyOfEvents(session, app, first.seq, () => nap.abort());
  while (!signal.aborted) {
    nap = new AbortController();
    await delay(refreshMs, undefined, { signal: AbortSignal.any([signal, nap.signal]) }).catch(() => undefined);
    if (signal.aborted) break;
    try {
      show.lines(linesOf(await session.api().get<StatusView>(apiPath("apps", app, "status"))));
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof Failure) || error.exitCode !== exitCodes.unreachable) throw error;
      show.lines([`${error.message} Trying again.`]);
    }
  }
  show.end();
}

async function notifyOfEvents(session: Session, app: string, after: number, changed: () => void): Promise<void> {
  try {
    for await (const _ of followEvents(session.api(), app, { after, signal: session.io.signal })) changed();
  } catch {
    // Without events there is still the regular refresh, which says what is wrong.
  }
}

interface Screen {
  lines(lines: readonly string[]): void;
  end(): void;
}

function redraw(out: Out): Screen {
  const draw = createLogUpdate(out as Out & NodeJS.WriteStream);
  return { lines: (lines) => draw(lines.join("\n")), end: () => draw.done() };
}

/** Times that only pass, and bytes that only become more, are no change: a line counts by what it says besides them. */
function printChanges(out: Out): Screen {
  let before = new Set<string>();
  const settled = (line: string) =>
    line.replace(/ \(until [^)]*\)|just now|, [\d.]+ of [\d.]+ [KMGT]?i?B|(?:\d+(?:d|h|m|s|ms) ?)+(?:ago)?/g, "");
  return {
    lines(lines) {
      const fresh = lines.filter((line) => line !== "" && !before.has(settled(line)));
      for (const line of fresh) out.write(`${line}\n`);
      before = new Set(lines.map(settled));
    },
    end() {},
  };
}
