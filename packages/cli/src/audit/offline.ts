import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { accessStream } from "@sluice/core/access/tokens.ts";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { type Feed, feedSchema } from "@sluice/core/feed/feed.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { EventStore } from "@sluice/server/log/store.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Anchor, type LogVerdict, verifyLog } from "./verify-log.ts";

const eventsPerPage = 1_000;

/**
 * Verifies every log in the data folder of a server that does not run.
 * @param only the application whose log alone is wanted
 */
export async function verifyOffline(dataDir: string, only: string | undefined): Promise<LogVerdict[]> {
  const path = join(resolve(dataDir), "sluice.db");
  if (!existsSync(path))
    throw new Failure(
      exitCodes.notFound,
      "DATA_FOLDER_NOT_FOUND",
      `${dataDir} is not a server's data folder: there is no sluice.db in it.`,
    );
  const { lockDataFolder } = await import("@sluice/server/data-folder/lock.ts");
  const { openSqlite } = await import("@sluice/server/log/sqlite/open.ts");
  const lock = await lockDataFolder(resolve(dataDir)).catch((error: unknown) => {
    if (!(error instanceof OperationalError) || error.code !== "DATA_FOLDER_IN_USE") throw error;
    throw new Failure(exitCodes.conflict, error.code, error.message, {
      hint: "While it runs, verify over it: sluice audit verify",
    });
  });
  try {
    const stores = await openSqlite(path);
    try {
      const heads = (await stores.events.heads()).filter(({ app }) => only === undefined || app === only);
      if (only !== undefined && heads.length === 0)
        throw new Failure(exitCodes.notFound, "APP_NOT_FOUND", `${dataDir} has no log of "${only}".`);
      const verdicts: LogVerdict[] = [];
      for (const { app } of heads)
        verdicts.push(
          await verifyLog(
            app,
            storedPages(stores.events, app),
            app === accessStream ? [] : await storedAnchors(dataDir, app),
          ),
        );
      return verdicts;
    } finally {
      await stores.close();
    }
  } finally {
    await lock.release();
  }
}

async function* storedPages(store: EventStore, app: string): AsyncGenerator<readonly SealedEvent[], void> {
  for (let seq = 0; ; ) {
    const page = await store.read(app, seq, eventsPerPage);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    // A store that was tampered with may number its events as it likes; the reading still ends.
    seq = Math.max(last.seq, seq + 1);
  }
}

/** The feeds in force, as the targets metadata on disk names them. Their signatures are verified over a server that runs. */
async function storedAnchors(dataDir: string, app: string): Promise<Anchor[]> {
  const folder = join(resolve(dataDir), "feeds", app);
  const metadata = async (name: string) =>
    JSON.parse(await readFile(join(folder, "metadata", name), "utf8")).signed as {
      meta: Record<string, { version: number }>;
      targets: Record<string, { hashes: { sha256: string } }>;
    };
  try {
    const snapshot = await metadata(
      `${(await metadata("timestamp.json")).meta["snapshot.json"]?.version}.snapshot.json`,
    );
    const { targets } = await metadata(`${snapshot.meta["targets.json"]?.version}.targets.json`);
    const channels = Object.entries(targets).filter(([path]) => path.startsWith("channels/"));
    return await Promise.all(
      channels.map(async ([path, { hashes }]) => {
        const name = path.slice("channels/".length);
        const feed: Feed = feedSchema.parse(
          JSON.parse(await readFile(join(folder, "targets", "channels", `${hashes.sha256}.${name}`), "utf8")),
        );
        return { channel: feed.channel, ...feed.log };
      }),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Failure(
      exitCodes.failed,
      "FEEDS_INVALID",
      `The feeds of ${app} in ${folder} cannot be read: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}
