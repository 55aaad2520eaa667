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

/** Bytes for people: `10.8 MiB`. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** The first twelve digits of a digest: enough to tell releases apart. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
