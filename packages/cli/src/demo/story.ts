import type { SealedEvent } from "@sluice/core/log/event.ts";
import { createLogUpdate } from "log-update";
import type { Io, Out } from "../io.ts";
import type { Style } from "../output/style.ts";
import { describeEvent, type Tone } from "../views/describe-event.ts";

/** Tells what happens while it happens: lines with the seconds since the start, and on a terminal a live table below them. */
export interface Story {
  tell(text: string, tone?: Tone): void;
  /** Whether there is a terminal that shows a table. */
  readonly isLive: boolean;
  event(event: SealedEvent): void;
  /** Redraws the table; nothing where there is no terminal. */
  table(lines: readonly string[]): void;
  end(): void;
}

export function openStory(io: Io, style: Style, out: Out): Story {
  const begun = performance.now();
  const isLive = out.isTTY === true && io.env.TERM !== "dumb";
  const draw = isLive ? createLogUpdate(out as Out & NodeJS.WriteStream) : undefined;
  const paint = { good: style.green, bad: style.red, plain: (text: string) => text, quiet: style.dim };
  let ended = false;

  const tell = (text: string, tone: Tone = "plain") => {
    if (ended) return;
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1).padStart(6);
    const line = `${style.dim(`${seconds} s`)}  ${paint[tone](text)}`;
    if (draw === undefined) out.write(`${line}\n`);
    else draw.persist(line);
  };
  return {
    isLive,
    tell,
    event(event) {
      const { text, tone } = describeEvent(event);
      if (tone !== "quiet") tell(text, tone);
    },
    table(lines) {
      if (draw !== undefined && !ended) draw(["", ...lines].join("\n"));
    },
    end() {
      if (ended) return;
      ended = true;
      draw?.clear();
      draw?.done();
    },
  };
}
