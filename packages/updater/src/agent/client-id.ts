import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { makeFolder, writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";

/** The installation's own random name, drawn when it is first asked for and kept for good. */
export async function clientIdOf(layout: Layout): Promise<string> {
  const kept = await readFile(layout.clientId, "utf8").catch(() => "");
  if (/^[\x21-\x7e]{1,200}$/.test(kept.trim())) return kept.trim();
  const drawn = randomUUID();
  await makeFolder(layout.folder);
  await writeDurably(layout.clientId, `${drawn}\n`);
  return drawn;
}
