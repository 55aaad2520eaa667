import semver from "semver";

/**
 * Whether what a client declares of its surroundings satisfies one range of a release's `compatibility`.
 *
 * A range is `9.4+` (that or newer), `10.x` or `15` (any of that line), or a range by node-semver (`>=14 <17`). A product's
 * name may stand before it (`PostgreSQL 14+`); then the declared value may carry it too, and a different one does not match.
 */
export function satisfies(declared: string, range: string): boolean {
  const want = split(range);
  const have = split(declared);
  if (want.product !== "" && have.product !== "" && want.product !== have.product) return false;
  const version = semver.coerce(have.rest);
  if (version === null) return false;
  const newerThan = /^v?(\d+(?:\.\d+){0,2})\+$/.exec(want.rest);
  if (newerThan) {
    const least = semver.coerce(newerThan[1]);
    return least !== null && semver.gte(version, least);
  }
  return semver.validRange(want.rest) !== null && want.rest !== "" && semver.satisfies(version, want.rest);
}

/** Splits `PostgreSQL 14+` into the product's name, in lower case, and what follows it. */
function split(text: string): { product: string; rest: string } {
  const match = /^([A-Za-z][A-Za-z ._-]*?)\s+(?=[\dv<>=~^])/.exec(text.trim());
  return match
    ? { product: (match[1] ?? "").toLowerCase(), rest: text.trim().slice(match[0].length) }
    : { product: "", rest: text.trim() };
}

/** The first requirement that a client does not meet, or undefined when it meets all. What it does not declare, it does not meet. */
export function firstIncompatibility(
  compatibility: Readonly<Record<string, readonly string[]>> | undefined,
  attributes: Readonly<Record<string, string>>,
): { name: string; declared: string | undefined; ranges: readonly string[] } | undefined {
  for (const [name, ranges] of Object.entries(compatibility ?? {})) {
    const attribute = name.toLowerCase();
    const declared = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (declared === undefined || !ranges.some((range) => satisfies(declared, range)))
      return { name, declared, ranges };
  }
  return undefined;
}
