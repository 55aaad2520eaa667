import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestServer, type TestServer } from "@sluice/server/http/test-server.ts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildConsole, chromiumIsInstalled, chromiumPath, launchChromium, openConsole } from "./browser.ts";

const skipped = process.env.CI !== "true" && !(await chromiumIsInstalled());
const pipeline = `apiVersion: sluice/v1
app: myapp
stages:
  - name: dev
  - name: beta
    gates: [{ soak: 24h }]
`;

describe.skipIf(skipped)(
  `the console on a real server${skipped ? ` (skipped: there is no ${chromiumPath})` : ""}`,
  () => {
    let dist: string;
    let browser: Browser;
    let server: TestServer;

    beforeAll(async () => {
      dist = await mkdtemp(join(tmpdir(), "sluice-console-"));
      [browser] = await Promise.all([launchChromium(), buildConsole(dist)]);
      server = await startTestServer({ consoleDir: dist });
    });

    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(dist, { recursive: true, force: true });
    });

    test("shows a release as it is published, what the next one waits for, and a withdrawal, without a reload", async () => {
      const { page, complaints } = await openConsole(browser, `${server.server.url}/`, `#token=${server.adminToken}`);
      await page.getByText("sluice apply").first().waitFor();
      expect((await server.call("PUT", "/api/v1/apps/myapp/pipeline", { body: pipeline })).status).toBe(200);
      await page.reload();
      const stage = (name: string) => page.getByRole("region", { name: `stage ${name}` });
      await stage("dev").waitFor();
      expect((await server.publish("myapp", "1.0.0")).status).toBe(201);
      await stage("dev").getByText("1.0.0").first().waitFor();
      await stage("beta").getByText("soaks 1d in dev").waitFor();
      await stage("dev").getByRole("button", { name: "1.0.0" }).first().click();
      const why = page.getByRole("dialog", { name: "1.0.0 in dev" });
      await why.getByLabel("Its id").fill("pc-1");
      await why.getByRole("button", { name: "Ask" }).click();
      await why.getByText(/pc-1 gets 1.0.0 with its next check/).waitFor();
      await why.getByRole("button", { name: "Close" }).click();
      await server.call("POST", "/api/v1/apps/myapp/releases/1.0.0/withdraw", { body: { reason: "it eats files" } });
      await page.getByText("it eats files").first().waitFor();
      expect(complaints).toEqual([]);
    });
  },
);
