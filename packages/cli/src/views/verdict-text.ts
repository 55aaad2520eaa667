import type { LogVerdict } from "../audit/verify-log.ts";
import type { Style } from "../output/style.ts";
import { plural, shortDigest } from "../output/text.ts";

/** The verdict on a log, in a line. */
export function verdictText({ app, ok, events, head, anchored, broken }: LogVerdict, style: Style): string {
  if (ok) {
    const signed = anchored.length === 0 ? "" : `, borne out by the signed feeds of ${anchored.join(", ")}`;
    return `${style.green("✓")} ${app}: ${plural(events, "event")}, every link holds${signed} (head ${shortDigest(head.hash)})\n`;
  }
  return `${style.red("✕")} ${app}: broken at event ${broken?.seq}: ${broken?.reason}. The ${plural(events, "event")} before it ${events === 1 ? "holds" : "hold"}.\n`;
}
