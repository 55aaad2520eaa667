import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { create } from "tar";

/** A tar archive of the given files, by relative path. */
export async function packed(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-packed-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    return await buffer(create({ cwd: folder, portable: true }, ["."]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
