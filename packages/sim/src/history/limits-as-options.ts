import { faultNames } from "../world/faults.ts";
import type { Limits } from "./draw.ts";

/** Limits as options of the command, a word each. */
export function limitsAsOptions({ without, ...sizes }: Limits): string[] {
  const words = Object.entries(sizes).flatMap(([name, size]) => [`--${name}`, String(size)]);
  if (without.length === 0) return words;
  const isAll = faultNames.every((name) => without.includes(name));
  return [...words, "--without", isAll ? "all" : without.join(",")];
}
