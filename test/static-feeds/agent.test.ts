import { mkdir, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianTest } from "@sluice/server/analysis/debian-server.ts";
import { expect, onTestFinished, test } from "vitest";
import { openServedDesk, until } from "../cli/harness.ts";
import { nginx, serveFiles } from "./nginx.ts";

interface Status {
  readonly stages: readonly {
    readonly live: { readonly version: string } | null;
    readonly targets: readonly { readonly name: string; readonly state: string; readonly has: string | null }[];
  }[];
}

const web = debianTest("clients update, and go back, from files alone that nginx serves", nginx);
test.skipIf(web.missing)(
  web.name,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-static-web-"));
    const root = join(folder, "www");
    await mkdir(root);
    const server = await serveFiles(root, folder);
    const desk = await openServedDesk({ staticDir: root });
    onTestFinished(async () => {
      await server.stop();
      await desk.clear();
      await rm(folder, { recursive: true, force: true });
    });
    await desk.file(
      "sluice.yaml",
      "apiVersion: sluice/v1\napp: shop\nstages:\n  - name: stable\n    targets:\n      - static: { folder: feeds/shop }\n",
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
    const isLive = (version: string) =>
      until(
        async () => (await desk.sluice(["status", "--json"])).json() as Status,
        ({ stages }) =>
          stages[0]?.live?.version === version &&
          stages[0].targets.every(({ state, has }) => state === "applied" && has === version),
      );
    const publish = async (version: string) => {
      await desk.file("app", version);
      expect(await desk.sluice(["publish", version, "--component", "app=app"])).toMatchObject({ code: 0 });
      await isLive(version);
    };
    const agent = (step: string) => desk.sluice(["agent", step, "--config", "agent.yaml"]);
    const current = () => readlink(join(desk.folder, "install", "current"));

    await publish("1.0.0");
    const pinned = await fetch(`${server.url}/feeds/shop/metadata/1.root.json`);
    await desk.file("root.json", await pinned.text());
    const config = { app: "shop", server: server.url, static: true, root: "root.json", folder: "install" };
    await desk.file("agent.yaml", JSON.stringify({ ...config, update: { channel: "stable" }, health: { alive: 0 } }));
    expect(await agent("update")).toMatchObject({ code: 0 });
    expect(await current()).toBe("versions/1.0.0");
    expect(await agent("update")).toMatchObject({ code: 0, out: expect.stringMatching(/newest/) });

    await publish("1.1.0");
    expect(await agent("update")).toMatchObject({ code: 0 });
    expect(await readFile(join(desk.folder, "install", "current", "app"), "utf8")).toBe("1.1.0");

    expect(await desk.sluice(["rollback", "stable", "--reason", "it is slow"])).toMatchObject({ code: 0 });
    await isLive("1.0.0");
    expect(await agent("update")).toMatchObject({ code: 0 });
    expect(await current()).toBe("versions/1.0.0");

    // The control plane may be gone: what was published goes on being offered.
    await desk.server.close();
    expect(await agent("check")).toMatchObject({ code: 0, out: expect.stringMatching(/newest/) });
  },
  120_000,
);
