import serialize from "canonicalize";

/**
 * The canonical JSON of RFC 8785: the same value gives the same bytes on every machine.
 * Members that are `undefined` are left out. Throws for what JSON cannot say (NaN, functions).
 */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError("this value has no JSON form");
  return text;
}
