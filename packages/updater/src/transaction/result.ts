import type { UpdateResult } from "../events.ts";
import type { End } from "./execute.ts";

/** What the end of a transaction means for who asked for it; undefined when it was only interrupted. */
export function resultOf({ transaction: { from, to, failure }, record }: End): UpdateResult | undefined {
  switch (record.kind) {
    case "committed":
      return { kind: "completed", version: to, ...(from === undefined ? {} : { from }) };
    case "rolled-back":
      return {
        kind: "rolled-back",
        version: to,
        ...(from === undefined ? {} : { to: from }),
        code: failure?.code ?? "HEALTH_CHECK_FAILED",
        reason: failure?.reason ?? "",
      };
    case "failed":
      return { kind: "failed", version: to, code: record.code, reason: record.reason };
    default:
      return undefined;
  }
}
