/**
 * Makes text that came from elsewhere safe to print: control characters, which could drive the terminal, become spaces. Line
 * breaks stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, " ");
}

/** `1 client`, `2 clients`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Basis points as a share: `12.5%`. */
export function share(basisPoints: number): string {
  return `${Number((basisPoints / 100).toPrecision(10))}%`;
}

/** The first twelve digits of a digest: enough to tell releases apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
