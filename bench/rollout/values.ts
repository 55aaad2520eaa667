import { parseDuration } from "@sluice/core/time/duration.ts";

/** Reads a whole number from 1 to `most`. @throws Error when it is none. */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${option} is "${text}": give a whole number from 1 to ${most}.`);
}

/** Reads a share: `0.02` or `2%`. @throws Error when it is not between 0 and 1. */
export function share(option: string, text: string): number {
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new Error(`${option} is "${text}": give a share such as 0.02 or 2%.`);
}

/** Reads a duration into ms; `0` is one too. @throws Error when it is none, or longer than 30 days. */
export function duration(option: string, text: string): number {
  const value = text === "0" ? 0 : parseDuration(text);
  if (value !== undefined && value <= 30 * 86_400_000) return value;
  throw new Error(`${option} is "${text}": give a duration of at most 30 days, such as 90s, 7m or 6h.`);
}

/** Writes a line of progress for people, apart from the result. */
export function progress(text: string): void {
  process.stderr.write(`rollout: ${text}\n`);
}

/** With so many digits as are worth reading. */
export function rounded(value: number): number {
  return Number(value.toFixed(2));
}
