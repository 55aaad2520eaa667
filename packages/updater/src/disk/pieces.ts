import { type FileHandle, open } from "node:fs/promises";

/**
 * A file's content in pieces, each in the memory of the one before: a reader of large files that makes no garbage.
 * @param bytes of a piece at most
 */
export async function* pieces(path: string, bytes: number): AsyncGenerator<Buffer, void> {
  const file: FileHandle = await open(path, "r");
  try {
    const piece = Buffer.allocUnsafe(Math.min(bytes, Math.max(1, (await file.stat()).size)));
    for (;;) {
      const { bytesRead } = await file.read(piece);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
