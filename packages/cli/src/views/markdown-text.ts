import { cell } from "../output/table.ts";

/** Text that came from elsewhere, as one line of Markdown that opens no markup, table cell or HTML of its own. */
export function markdownText(text: string): string {
  return cell(text).replace(/[\\`*[\]<>|]/g, "\\$&");
}
