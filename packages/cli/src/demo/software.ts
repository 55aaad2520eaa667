import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { exitCodes, Failure } from "../failure.ts";
import type { ComponentOption } from "../publish/component-option.ts";
import { releases } from "./fleet-plan.ts";
import { sabotage } from "./sabotage.ts";

/**
 * Lays out one version of the real software as its build would: the program, and a folder of pages that it serves.
 * @param folder where; made here
 */
export async function layOutRelease(version: string, folder: string): Promise<ComponentOption[]> {
  const site = join(folder, "site");
  const program = join(folder, "esbuild");
  await mkdir(site, { recursive: true });
  // What a running program answers, which is how the demo asks each of them for its version.
  await writeFile(join(site, "version.txt"), version);
  const original = programOf(version);
  if (version === releases.bad) await writeFile(program, sabotage(await readFile(original)));
  else await copyFile(original, program);
  await chmod(program, 0o755);
  return [
    { name: "esbuild", platform: `${process.platform}-${process.arch}`, path: program },
    { name: "site", path: site },
  ];
}

/** The platform's program of an esbuild that was installed under an alias. */
function programOf(version: string): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`esbuild-${version}/package.json`)), "bin", "esbuild");
  } catch (cause) {
    throw new Failure(
      exitCodes.failed,
      "DEMO_UNSUPPORTED",
      `The demo needs esbuild ${version}, which is not installed.`,
      { hint: "Run npm ci in the project's folder.", cause },
    );
  }
}
