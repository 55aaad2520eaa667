import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("app", "one");
  await desk.file(
    "sluice.yaml",
    "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: stable\n    rollout: { evidence: { max-failure-rate: 2% } }\n",
  );
});
afterEach(() => desk.clear());

it("says what a stage can see before anything is rolled out, and while it is", async () => {
  expect((await desk.sluice(["apply", "-f", "sluice.yaml", "--dry-run"])).out).toMatch(/the evidence catches/);
  const applied = await desk.sluice(["apply", "-f", "sluice.yaml"]);
  expect(applied.out).toMatch(
    /^Created myapp: stable\nWhat each stage can see of a release:\n {2}stable: with 10,000 clients the evidence catches a release that fails on 3% or more, .*\n {4}A good release reaches 99% of 10,000 clients about .*\n {2}Assumed: 10,000 clients, for none has reported yet; /,
  );
  await desk.sluice(["publish", "1.2.3", "--component", "app=app"]);
  const why = await until(
    async () => (await desk.sluice(["why", "1.2.3", "stable"])).out,
    (out) => /has reached 0 clients of stable/.test(out),
  );
  expect(why).toMatch(/\n {2}stable: with 10,000 clients the evidence catches a release that fails on 3% or more/);
  expect(why).toMatch(/\n {2}Assumed: 10,000 clients/);
  const status = await desk.sluice(["status", "--json"]);
  expect(status.json()).toMatchObject({ stages: [{ power: { surelyCaught: 0.03, clientsKnown: false } }] });
  expect((await desk.sluice(["status"])).out).toMatch(/\? stable: with 10,000 clients the evidence catches/);
});
