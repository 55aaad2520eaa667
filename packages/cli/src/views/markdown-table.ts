import { markdownText } from "./markdown-text.ts";

/** A table as GitHub-flavoured Markdown has it; what cells say is text, and is shown as it is. Ends in a newline. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.map((cells) => line(cells.map((text) => markdownText(text)))),
  ].join("");
}
