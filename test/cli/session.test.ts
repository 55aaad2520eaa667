import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDesk, openServedDesk, pipelineText, type ServedDesk } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
});
afterEach(() => desk.clear());

async function apply(app: string, options?: { env: Record<string, string> }) {
  await desk.file("sluice.yaml", pipelineText(app));
  return desk.sluice(["apply", "-f", "sluice.yaml"], options);
}

describe("the token", () => {
  it("is found beside the working folder, for a server on this machine alone", async () => {
    const none = { env: { SLUICE_TOKEN: "" } };
    expect(await apply("myapp", none)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/--token or SLUICE_TOKEN/),
    });
    await mkdir(join(desk.folder, ".sluice"));
    await writeFile(join(desk.folder, ".sluice", "admin.token"), `${desk.server.adminToken}\n`, { mode: 0o600 });
    expect(await apply("myapp", none)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Created myapp: dev → beta → stable\nWhat each stage can see/),
    });
    expect(await desk.sluice(["releases", "--token", "wrong"])).toMatchObject({ code: 3 });
  });

  it("stays on this machine when another is asked", async () => {
    const asked: (string | undefined)[] = [];
    const elsewhere: Server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const { port } = elsewhere.address() as AddressInfo;
    try {
      await mkdir(join(desk.folder, ".sluice"));
      await writeFile(join(desk.folder, ".sluice", "admin.token"), "secret");
      // A name that leads here, and that is not one of this machine's own.
      await desk.sluice(["releases", "--url", `http://0.0.0.0:${port}`], { env: { SLUICE_TOKEN: "" } });
      await desk.sluice(["releases", "--url", `http://127.0.0.1:${port}`], { env: { SLUICE_TOKEN: "" } });
      expect(asked).toEqual([undefined, "Bearer secret"]);
    } finally {
      elsewhere.close();
    }
  });
});

describe("the server", () => {
  it("is found where one was started in the working folder, and nothing that is said is overruled", async () => {
    const none = { env: { SLUICE_URL: "" } };
    await mkdir(join(desk.folder, ".sluice"));
    await writeFile(join(desk.folder, ".sluice", "server.json"), JSON.stringify({ pid: 1, port: 1 }));
    expect(await apply("myapp", none)).toMatchObject({ code: 6, err: expect.stringMatching(/127\.0\.0\.1:1 /) });
    expect(await apply("myapp")).toMatchObject({ code: 0 });
    const { port } = new URL(desk.server.url);
    await writeFile(join(desk.folder, ".sluice", "server.json"), JSON.stringify({ pid: 1, port: Number(port) }));
    expect(await desk.sluice(["status", "--json"], none)).toMatchObject({ code: 0 });
  });
});

describe("the application", () => {
  it("is the only one there is, or has to be named", async () => {
    expect(await desk.sluice(["status"])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/no application yet[\s\S]*sluice init/),
    });
    await apply("one");
    expect((await desk.sluice(["status", "--json"])).json()).toMatchObject({ app: "one" });
    await apply("two");
    expect(await desk.sluice(["status"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/2 applications: one, two\.[\s\S]*--app NAME/),
    });
    expect((await desk.sluice(["status", "--app", "two", "--json"])).json()).toMatchObject({ app: "two" });
    expect((await desk.sluice(["--json", "--app", "one", "status"])).json()).toMatchObject({ app: "one" });
    expect((await desk.sluice(["status", "--json"], { env: { SLUICE_APP: "two" } })).json()).toMatchObject({
      app: "two",
    });
  });

  it("keeps its pipeline when the same is applied again, and shows what another one changes", async () => {
    await apply("one");
    expect((await apply("one")).out).toBe("Nothing changed: one has this pipeline already (dev → beta → stable).\n");
    await desk.file("sluice.yaml", pipelineText("one").replace("24h", "12h"));
    expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).out).toMatch(
      /^Changed the pipeline of one: dev → beta → stable\nWhat each stage can see/,
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml", "--app", "other"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/for application "one"/),
    });
  });
});

it("uses no colours where there is no terminal", async () => {
  await apply("one");
  const coloured = await desk.sluice(["status"], { env: { FORCE_COLOR: "1" } });
  expect(coloured.out).not.toContain("\u001b");
});

it("needs no server to be told of its own help", async () => {
  const alone = await openDesk();
  expect((await alone.sluice(["status", "--help"])).code).toBe(0);
  await alone.clear();
});
