import type { Edited } from "./edited.ts";

/**
 * Sets what stands in the place of the star of `find`, up to the next blank where the star is last, in the only line that has it.
 * Without `find` the value is the whole file, in one line.
 */
export function setText(text: string, find: string | undefined, value: string): Edited {
  if (find === undefined) return { text: `${value}\n` };
  const [before = "", after = ""] = find.split("*");
  const places: { readonly start: number; readonly end: number }[] = [];
  for (let at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + before.length)) {
    const start = at + before.length;
    const lineEnd = endOf(text, start, /[\r\n]/);
    const end = after === "" ? endOf(text, start, /\s/) : text.indexOf(after, start);
    if (end >= 0 && end <= lineEnd) places.push({ start, end });
    if (places.length > 1) return { problem: `has ${JSON.stringify(find)} in more than one place` };
  }
  const [place] = places;
  if (place === undefined) return { problem: `has nothing like ${JSON.stringify(find)}` };
  return { text: text.slice(0, place.start) + value + text.slice(place.end) };
}

function endOf(text: string, from: number, end: RegExp): number {
  const rest = text.slice(from, from + 10_000).search(end);
  return rest < 0 ? text.length : from + rest;
}
