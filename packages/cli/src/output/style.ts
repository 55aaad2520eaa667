import colors from "picocolors";
import type { Io, Out } from "../io.ts";

export type Style = ReturnType<typeof colors.createColors>;

/** Colours for a stream: only on a terminal, and not where NO_COLOR is set (https://no-color.org). */
export function createStyle(out: Out, env: Io["env"]): Style {
  const wanted = out.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return colors.createColors(wanted);
}
