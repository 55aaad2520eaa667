/**
 * For `kill.test.ts`: a process that appends without end to the database at argv[2], for four applications at once, and
 * prints `APP SEQ HASH` for everything that the store acknowledged.
 */
import { writeSync } from "node:fs";
import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import { eventsAfter, headAfter } from "../sample.ts";
import { openSqlite } from "./open.ts";

const { events: store } = await openSqlite(process.argv[2] ?? "");
const heads = new Map((await store.heads()).map((head) => [head.app, head]));

async function appendForever(app: string): Promise<never> {
  let head: Head = heads.get(app) ?? emptyHead;
  for (;;) {
    const events = eventsAfter({ seq: head.seq, hash: head.hash }, 3, app);
    const result = await store.append(app, head.seq, events);
    if (!result.ok) throw new Error(`somebody else appends to ${app}`);
    head = headAfter(events);
    writeSync(1, `${app} ${head.seq} ${head.hash}\n`);
  }
}

await Promise.all(["a", "b", "c", "d"].map(appendForever));
