import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
});
afterEach(() => desk.clear());

it("makes hooks, shows a secret once, lists and removes them", async () => {
  expect((await desk.sluice(["hook", "list"])).out).toMatch(/sluice hook create github/);
  const made = await desk.sluice(["hook", "create", "github", "--repository", "acme/shop"]);
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^[\w-]{43}\n$/) });
  expect(made.err).toMatch(/Payload URL +http:\S+\/api\/v1\/hooks\/github\?app=\w+ /);
  const listed = await desk.sluice(["hook", "list", "--json"]);
  expect(listed.out).not.toContain(made.out.trim());
  const [hook] = (listed.json() as { hooks: { id: string; repository: string }[] }).hooks;
  expect(hook).toMatchObject({ repository: "acme/shop", createdBy: "admin" });
  expect(await desk.sluice(["hook", "remove", hook?.id ?? ""])).toMatchObject({ code: 0 });
  expect((await desk.sluice(["hook", "remove", hook?.id ?? ""])).code).toBe(4);
  expect((await desk.sluice(["hook", "create", "github", "--repository", "acme"])).code).toBe(2);
});
