import type { Evidence } from "@sluice/core/gates/gate.ts";
import type { Json } from "@sluice/core/log/event.ts";
import { countdownText } from "./duration.ts";
import { shareText } from "./share.ts";

/** One thing that a verdict was based on, for a person. `at`: the value is a moment, RFC 3339. */
export interface EvidenceRow {
  readonly label: string;
  readonly value: string;
  readonly at?: string;
}

const digest = /^(?:sha256:)?[0-9a-f]{64}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

/** Evidence as rows: names as words, and values in the unit that their name ends with. */
export function evidenceRows(evidence: Evidence): EvidenceRow[] {
  return Object.entries(evidence).map(([name, value]) => {
    const row = { label: labelOf(name), value: valueText(name, value) };
    return typeof value === "string" && moment.test(value) ? { ...row, at: value } : row;
  });
}

function labelOf(name: string): string {
  return name
    .replace(/(?:Ms|BasisPoints)$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

function valueText(name: string, value: Json): string {
  if (value === null) return "none";
  if (typeof value === "number" && name.endsWith("Ms")) return countdownText(value);
  if (typeof value === "number" && name.endsWith("BasisPoints")) return shareText(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((item) => valueText(name, item)).join(", ");
  if (typeof value === "string" && digest.test(value)) return value.replace("sha256:", "").slice(0, 12);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
