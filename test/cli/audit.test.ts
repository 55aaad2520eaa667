import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  await desk.file("app", "one");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
  // Until the log is at rest: it is live in dev, asked for in beta, and the feeds that say so are published.
  await until(
    async () => (await desk.sluice(["audit", "--json"])).json() as { events: { type: string }[] },
    ({ events }) =>
      events.some(({ type }) => type === "PromotionCompleted") && events.at(-1)?.type === "FeedsPublished",
  );
});
afterEach(() => desk.clear());

const verify = (...more: string[]) => desk.sluice(["audit", "verify", ...more]);

/** Changes a stored event behind the server's back. */
function tamper(change: (body: Record<string, unknown>) => unknown, seq: number): void {
  const db = new DatabaseSync(join(desk.dataDir, "sluice.db"));
  const row = db.prepare("SELECT body FROM events WHERE app = 'myapp' AND seq = ?").get(seq);
  db.prepare("UPDATE events SET body = ? WHERE app = 'myapp' AND seq = ?").run(
    JSON.stringify(change(JSON.parse(String(row?.body)))),
    seq,
  );
  db.close();
}

it("lists what happened, who did it and why", async () => {
  const { out } = await desk.sluice(["audit"]);
  expect(out).toMatch(/^# +WHEN +WHO +WHAT\n1 +\d{4}-.*Z +admin +pipeline applied: dev → beta → stable\n/);
  expect(out).toMatch(/admin +1\.0\.0 published/);
  expect(out).toMatch(/sluice +1\.0\.0 is live in dev/);
  const all = (await desk.sluice(["audit", "--json"])).json() as { events: { seq: number; at: string }[] };
  expect(all.events.map(({ seq }) => seq)).toEqual(all.events.map((_, i) => i + 1));
  const third = all.events[2]?.at ?? "";
  const since = (await desk.sluice(["audit", "--since", third, "--json"])).json() as typeof all;
  expect(since.events).toEqual(all.events.filter(({ at }) => at >= third));
  expect((await desk.sluice(["audit", "--since", "1h", "--json"])).json()).toEqual(all);
  expect(await desk.sluice(["audit", "--since", "yesterday"])).toMatchObject({ code: 2 });
});

it("verifies every log of a server, with the signed feeds", async () => {
  const verified = await verify();
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toMatch(
    /^✓ myapp: \d+ events, every link holds, borne out by the signed feeds of dev, beta, stable \(head [0-9a-f]{12}\)\n✓ _server: 1 event, every link holds/,
  );
  expect((await verify("--app", "myapp", "--json")).json()).toMatchObject({
    ok: true,
    logs: [{ app: "myapp", ok: true, anchored: ["dev", "beta", "stable"] }],
  });
  const viewer = (await desk.sluice(["token", "create", "--name", "v", "--role", "viewer"])).out.trim();
  expect(await verify("--token", viewer)).toMatchObject({
    code: 0,
    err: expect.stringMatching(/log of tokens was not verified/),
  });
});

it("refuses the data folder of a server that runs, and says who holds it", async () => {
  expect(await verify("--data", desk.dataDir)).toMatchObject({
    code: 5,
    out: "",
    err: expect.stringMatching(new RegExp(`process ${process.pid}`)),
  });
  expect(await verify("--data", desk.folder)).toMatchObject({ code: 4, err: expect.stringMatching(/no sluice\.db/) });
});

it("verifies a stopped server's folder, and names the first broken link", async () => {
  await desk.server.close();
  expect((await verify("--data", desk.dataDir)).out).toMatch(
    /✓ myapp: \d+ events, every link holds, borne out by the signed feeds of dev, beta, stable/,
  );
  expect(await verify("--data", desk.dataDir, "--app", "other")).toMatchObject({ code: 4 });
  tamper((body) => ({ ...body, actor: "somebody else" }), 3);
  const broken = await verify("--data", desk.dataDir);
  expect(broken).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /✕ myapp: broken at event 3: content does not match its hash\. The 2 events before it hold\./,
    ),
  });
  expect((await verify("--data", desk.dataDir, "--json")).json()).toMatchObject({
    ok: false,
    logs: [{}, { app: "myapp", ok: false, events: 2, broken: { seq: 3 } }],
  });
});

it("sees that the end of the log was cut off, by what the feeds say of it", async () => {
  await desk.server.close();
  const db = new DatabaseSync(join(desk.dataDir, "sluice.db"));
  db.exec("DELETE FROM events WHERE app = 'myapp' AND seq > 2");
  db.close();
  expect(await verify("--data", desk.dataDir)).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /broken at event 3: the log ends here, but the signed feed of \w+ follows from \d+ events/,
    ),
  });
});

it("sees that another log was put in the place of this one", async () => {
  await desk.server.close();
  const feeds = join(desk.dataDir, "feeds", "myapp", "targets", "channels");
  for (const name of (await readdir(feeds)).filter((file) => file.endsWith(".dev.json"))) {
    const feed = JSON.parse(await readFile(join(feeds, name), "utf8"));
    await writeFile(join(feeds, name), JSON.stringify({ ...feed, log: { ...feed.log, hash: "0".repeat(64) } }));
  }
  expect(await verify("--data", desk.dataDir)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/signed feed of dev follows from another event of this number/),
  });
});
