import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import { versionFolder } from "./current.ts";
import { digestOfLines } from "./tree.ts";

const receiptName = ".sluice.json";
const listingName = ".sluice.files";

/** What the updater writes beside the components of a version. No component can have these names. */
export const ownNames: readonly string[] = [receiptName, listingName];

const receiptSchema = z.object({
  /** SHA-256 of the release manifest that was installed. */
  manifest: z.string(),
  /** `digestOfLines` of what was installed, which is what stands in the listing. */
  tree: z.string(),
  /** Names of the components. */
  components: z.array(z.string()),
});

/** What was installed as a version. */
export type Receipt = z.infer<typeof receiptSchema>;

/** Writes down what was installed in a folder. @param lines of the folder: see `treeLines` */
export async function writeReceipt(
  folder: string,
  release: { readonly manifest: string; readonly components: readonly Pick<Component, "name">[] },
  lines: readonly string[],
): Promise<void> {
  const receipt: Receipt = {
    manifest: release.manifest,
    tree: digestOfLines(lines),
    components: release.components.map(({ name }) => name),
  };
  await writeDurably(join(folder, listingName), lines.map((line) => `${line}\n`).join(""));
  await writeDurably(join(folder, receiptName), JSON.stringify(receipt));
}

/** What was installed as a version, or undefined when it is not here, or was not finished, or was changed by hand so that it cannot be read. */
export async function readReceipt(layout: Layout, version: string): Promise<Receipt | undefined> {
  try {
    return receiptSchema.safeParse(
      JSON.parse(await readFile(join(versionFolder(layout, version), receiptName), "utf8")),
    ).data;
  } catch {
    return undefined;
  }
}

/** The lines of a version as it was installed, or undefined where they are not those of the receipt. */
export async function readLines(layout: Layout, version: string, { tree }: Receipt): Promise<string[] | undefined> {
  const path = join(versionFolder(layout, version), listingName);
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1);
  return digestOfLines(lines) === tree ? lines : undefined;
}

/** When a version was installed, ms since the epoch; 0 when its installation was not finished. */
export async function installedAt(layout: Layout, version: string): Promise<number> {
  const receipt = await stat(join(versionFolder(layout, version), receiptName)).catch(() => undefined);
  return receipt?.mtimeMs ?? 0;
}

/** SHA-256 of the manifest that a version was installed from, or undefined when it is not here. */
export async function installedManifest(layout: Layout, version: string): Promise<string | undefined> {
  return (await readReceipt(layout, version))?.manifest;
}
