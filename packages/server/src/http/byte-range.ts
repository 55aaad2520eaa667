/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header (RFC 9110, 14.2) against content of so many bytes.
 * @returns the range; undefined when the whole is to be sent, because none was asked for, or one that we do not read (several
 * ranges, another unit), which the RFC lets a server ignore; `unsatisfiable` when no byte of it is there.
 */
export function readRange(header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size - 1 } : "unsatisfiable";
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start < size ? { start, end } : "unsatisfiable";
}

/** Where a part of an upload belongs: `Content-Range: bytes START-END/TOTAL`. */
export interface ContentRange extends ByteRange {
  readonly total: number;
}

/** Reads a `Content-Range` header. @returns undefined when it does not have that form or contradicts itself. */
export function readContentRange(header: string): ContentRange | undefined {
  const [, start, end, total] = (/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header.trim()) ?? []).map(Number);
  if (start === undefined || end === undefined || total === undefined) return undefined;
  return start <= end && end < total ? { start, end, total } : undefined;
}
