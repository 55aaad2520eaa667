const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes for people: `10.8 MiB`. */
export function sizeText(bytes: number): string {
  return `${scaled(bytes, unitOf(bytes))} ${units[unitOf(bytes)]}`;
}

/** How many of so many bytes, in the unit of the whole: `412.0 of 980.4 MiB`. */
export function sizePartText(part: number, whole: number): string {
  return `${scaled(part, unitOf(whole))} of ${sizeText(whole)}`;
}

function unitOf(bytes: number): number {
  const unit = units.findIndex((_, index) => bytes < 1_024 ** (index + 1));
  return unit === -1 ? units.length - 1 : unit;
}

function scaled(bytes: number, unit: number): string {
  return (bytes / 1_024 ** unit).toFixed(unit === 0 ? 0 : 1);
}
