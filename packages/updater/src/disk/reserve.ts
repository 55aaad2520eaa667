import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isDiskFull } from "./failure.ts";
import { openFile, remove } from "./files.ts";
import type { Layout } from "./layout.ts";

/** Enough for the journal, the reports and the links of one update. */
const reserveBytes = 256 * 1024;

function pathOf(layout: Layout): string {
  return join(layout.folder, "reserve");
}

/**
 * Keeps some of the disk occupied, so that an update that has begun to change things can be brought to an end, forwards or
 * back, on a disk that has become full. Does nothing where there is no room for it.
 */
export async function keepReserve(layout: Layout): Promise<void> {
  const path = pathOf(layout);
  if ((await stat(path).catch(() => undefined))?.size === reserveBytes) return;
  try {
    const file = await openFile(path, "w", 0o600);
    try {
      await file.write(Buffer.alloc(reserveBytes, 0x20));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove(path);
    if (!isDiskFull(error)) throw error;
  }
}

/** Does what writes little; when the disk is full, gives the reserve up and does it again. */
export async function withReserve<T>(layout: Layout, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await remove(pathOf(layout));
    return await write();
  }
}
