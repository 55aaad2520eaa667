import { timestamp } from "./clock.ts";

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Messages for an operator: whole sentences without a full stop, what belongs to them as fields. Never secrets. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };

/**
 * A log of one line a message: `2026-03-15T10:00:00.000Z info  message key=value`, or one JSON object a line.
 * @param write takes a line that ends in a newline
 */
export function openLog(options: {
  readonly json: boolean;
  readonly now: () => number;
  readonly write: (line: string) => void;
}): Log {
  const line = options.json ? jsonLine : textLine;
  const at = (level: string) => (message: string, fields?: LogFields) =>
    options.write(`${line(timestamp(options.now()), level, message, fields ?? {})}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: string, level: string, message: string, fields: LogFields): string {
  return JSON.stringify({ time, level, message, ...fields });
}

function textLine(time: string, level: string, message: string, fields: LogFields): string {
  const words = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${word(value)}`],
  );
  return [time, level.padEnd(5), singleLine(message), ...words].join(" ");
}

function word(value: string | number | boolean): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** What comes from outside must not be able to forge a line of its own. */
function singleLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
