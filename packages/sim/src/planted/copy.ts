import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Defect, plantedIn } from "./defect.ts";

/** A copy of the production code in which defects can be planted, apart from the tree that it was made of. */
export interface CodeCopy {
  readonly folder: string;
  /** Plants a defect, runs `work` and takes the defect out again. @throws Error when it cannot be planted */
  withDefect<T>(defect: Defect, work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** The packages that the simulation runs. */
const packages = ["core", "server", "updater", "sim"];

/** @param root the checkout */
export async function copyCode(root: string): Promise<CodeCopy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-planted-"));
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@sluice"), { recursive: true });
  for (const name of packages) {
    const to = join(folder, "packages", name);
    await cp(join(root, "packages", name, "src"), join(to, "src"), { recursive: true });
    await cp(join(root, "packages", name, "package.json"), join(to, "package.json"));
    await symlink(to, join(modules, "@sluice", name));
  }
  for (const name of await readdir(join(root, "node_modules")))
    if (name !== "@sluice") await symlink(join(root, "node_modules", name), join(modules, name));
  return {
    folder,
    async withDefect(defect, work) {
      const path = join(folder, "packages", defect.file);
      const sound = await readFile(path, "utf8");
      await writeFile(path, plantedIn(sound, defect));
      try {
        return await work();
      } finally {
        await writeFile(path, sound);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
