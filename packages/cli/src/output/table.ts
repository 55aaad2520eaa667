import Table from "cli-table3";
import type { Style } from "./style.ts";
import { printable } from "./text.ts";

const quiet = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** Aligned columns under their headings, without borders. Ends in a newline. */
export function table(style: Style, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: head.map((name) => style.dim(name)),
    chars: quiet,
    style: { "padding-left": 0, "padding-right": 2, head: [], border: [], compact: true },
  });
  for (const row of rows) drawn.push(row.map(singleLine));
  return `${drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}

/** Colours are put in by this program and stay; the rest of a cell is one line. */
function singleLine(cell: string): string {
  return cell.replaceAll("\n", " ");
}

/** A share of the whole as a bar: `██████░░░░`. */
export function bar(basisPoints: number, width = 20): string {
  const full = Math.round((Math.min(10_000, Math.max(0, basisPoints)) / 10_000) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** A cell of text that came from elsewhere. */
export function cell(text: string | undefined): string {
  return printable(text ?? "").replaceAll("\n", " ");
}
