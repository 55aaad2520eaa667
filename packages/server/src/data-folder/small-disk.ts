import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For tests: a real file system that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  resize(kib: number): void;
  remove(): void;
}

/** Mounts a file system of so many KiB in memory. @returns undefined where this process may not mount. */
export function mountSmallDisk(kib: number): SmallDisk | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "sluice-small-disk-"));
  const mount = (...args: string[]) => execFileSync("mount", [...args, folder], { stdio: "ignore" });
  try {
    mount("-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs");
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    resize: (newKib) => mount("-o", `remount,size=${newKib}k`),
    remove() {
      execFileSync("umount", [folder], { stdio: "ignore" });
      rmSync(folder, { recursive: true });
    },
  };
}

export const noSmallDisk = "only root may mount the small file system that this test fills";
