import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
});
afterEach(() => desk.clear());

const file = (name: string, beta: string) =>
  desk.file(name, `apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n  - { name: beta${beta} }\n`);

it("replays a changed pipeline over what happened, and says what it cannot know", async () => {
  await file("sluice.yaml", "");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  const replay = (name: string, ...more: string[]) => desk.sluice(["replay", "-f", name, ...more]);
  expect((await replay("sluice.yaml")).out).toMatch(
    /no release entered any stage in that time[\s\S]*No release was rolled back/,
  );
  const status = async () =>
    (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] };
  for (const version of ["1.0.0", "1.1.0"]) {
    await desk.file("app", version);
    await desk.sluice(["publish", version, "--component", "app=app"]);
    await until(status, ({ stages }) => stages.every(({ live }) => live?.version === version));
  }
  await desk.sluice(["rollback", "beta", "--reason", "it burns"]);

  const same = await replay("sluice.yaml");
  expect(same).toMatchObject({ code: 0, err: "" });
  expect(same.out).toMatch(/^myapp {2}replayed from \S+ \S+Z to \S+ \S+Z: 4 promotions, 4 unchanged\n/);
  expect(same.out).toMatch(/incident-1 +beta +1\.1\.0 +manual +as it was +100% → 100%/);
  expect(same.out).toMatch(
    /What this cannot know:\n {2}- Reports of clients that a release never reached cannot be known/,
  );

  await file("slow.yaml", ", gates: [{ soak: 24h }]");
  const slow = await replay("slow.yaml");
  expect(slow.out).toMatch(/beta +1\.0\.0 +not promoted +\S+ \S+Z +1\.0\.0 waits for beta: soak/);
  expect(slow.out).toMatch(/incident-1 +beta +1\.1\.0 +manual +stopped: never offered +100% → 0%/);
  expect(slow.out).toMatch(/Not done again[^\n]*\n {2}\d+ PromotionRolledBack: 1\.1\.0 was not in beta\n/);
  expect((await replay("slow.yaml", "--json")).json()).toMatchObject({
    incidents: [{ id: "incident-1", outcome: "never-exposed" }],
  });
  expect((await replay("slow.yaml", "--since", "2100-01-01T00:00:00Z")).out).toMatch(/no release entered any stage/);
  expect((await status()).stages[1]?.live?.version).toBe("1.0.0");

  await file("wrong.yaml", ", gates: [{ soak: soon }]");
  expect(await replay("wrong.yaml")).toMatchObject({ code: 2, err: expect.stringMatching(/wrong\.yaml:5:/) });
  expect(await replay("slow.yaml", "--since", "yesterday")).toMatchObject({ code: 2 });
  await desk.file("other.yaml", "apiVersion: sluice/v1\napp: other\nstages: [{ name: dev }]\n");
  expect(await replay("other.yaml", "--app", "myapp")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/for application "other", but the history is that of "myapp"/),
  });
  expect(await replay("other.yaml")).toMatchObject({ code: 4 });
});
