import type { Happening } from "./happening.ts";

/** How many lines an account has at most, and how many of them are the first. */
const mostLines = 60;
const firstLines = 15;

/** A line, and how often the same came again right after it. */
interface Line {
  readonly atMs: number;
  readonly what: string;
  readonly kind: string;
  again: number;
  untilMs: number;
}

/**
 * What happened, a line each, with the time since the beginning. What comes again and again is one line; of more lines than can be read
 * in one go, the first and the last are told, and of the others how many of which kind there were.
 */
export function accountOf(happened: readonly Happening[]): string[] {
  const lines: Line[] = [];
  for (const { atMs, what, kind } of happened) {
    const last = lines.at(-1);
    if (last?.kind === kind) {
      last.again++;
      last.untilMs = atMs;
    } else lines.push({ atMs, what, kind, again: 0, untilMs: atMs });
  }
  if (lines.length <= mostLines) return lines.map(told);
  const first = lines.slice(0, firstLines);
  const last = lines.slice(firstLines - mostLines + 1);
  const left = lines.slice(firstLines, lines.length - last.length);
  return [...first.map(told), `… ${left.length} lines are left out here: ${kindsOf(left)}`, ...last.map(told)];
}

function told({ atMs, what, again, untilMs }: Line): string {
  return `${since(atMs)}  ${what}${again === 0 ? "" : ` (and ${again} more of that until ${since(untilMs)})`}`;
}

/** `2d 03:04:05` */
function since(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 86_400)}d ${two(Math.floor(seconds / 3_600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** How often each kind of event comes, and faults, the most frequent first. */
function kindsOf(lines: readonly Line[]): string {
  const counts = new Map<string, number>();
  for (const { what } of lines) {
    const kind = what.startsWith("fault: ") ? "faults" : (what.split(" ")[1] ?? "");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([kind, count]) => `${count} ${kind}`).join(", ");
}
