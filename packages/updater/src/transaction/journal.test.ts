import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../ports/log.ts";
import { openJournal, readJournal } from "./journal.ts";
import type { JournalRecord } from "./records.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-journal-"));
  path = join(folder, "journal.jsonl");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const begun: JournalRecord = { kind: "begun", id: "t", at: 1, from: "1.0.0", to: "2.0.0", cause: "update" };

test("what was appended is there when it is opened again", async () => {
  const journal = await openJournal(path, silentLog);
  await journal.append(begun);
  await journal.append({ kind: "changing", parts: ["@program"] });
  await journal.close();
  expect((await readJournal(path)).transaction).toMatchObject({ to: "2.0.0", phase: "changing", parts: ["@program"] });
});

test.each(['{"kind":"swit', '{"kind":"switched"}', "\0\0\0\0\n"])(
  "a torn last line %j counts as not written",
  async (torn) => {
    const journal = await openJournal(path, silentLog);
    await journal.append(begun);
    await journal.close();
    await appendFile(path, torn);

    const again = await openJournal(path, silentLog);
    expect(again.state().transaction?.phase).toBe("begun");
    await again.append({ kind: "downloaded" });
    await again.close();
    expect((await readJournal(path)).transaction?.phase).toBe("downloaded");
  },
);

test("a journal that is damaged in the middle is put aside, not guessed at", async () => {
  await writeFile(path, `${JSON.stringify(begun)}\nrubbish\n{"kind":"downloaded"}\n`);
  const journal = await openJournal(path, silentLog);
  expect(journal.state()).toEqual({ installed: {} });
  await journal.close();
  expect(await readFile(`${path}.damaged`, "utf8")).toContain("rubbish");
});

test("ended transactions are compacted to what they led to; an open one is not touched", async () => {
  const journal = await openJournal(path, silentLog);
  await journal.append(begun);
  await journal.compact();
  expect(await readFile(path, "utf8")).toContain("begun");
  await journal.append({ kind: "committed", at: 5 });
  await journal.compact();
  expect((await readFile(path, "utf8")).trim().split("\n")).toEqual([
    '{"kind":"settled","version":"2.0.0","previous":"1.0.0","since":5}',
  ]);
  await journal.append({ ...begun, from: "2.0.0", to: "3.0.0" });
  await journal.close();
  expect(await readJournal(path)).toMatchObject({ installed: { version: "2.0.0" }, transaction: { to: "3.0.0" } });
});
