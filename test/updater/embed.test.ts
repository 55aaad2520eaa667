import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { feedPath, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { feedFile } from "@sluice/server/feeds/serve.ts";
import { startStub } from "@sluice/updater/testing/stub-server.ts";
import { expect, onTestFinished, test } from "vitest";
import { keepUpToDate } from "../../examples/embed/update.ts";
import { setClock, temporaryFolder } from "../signed-feeds/fixture.ts";
import { openApp } from "../signed-feeds/fixture-data.ts";

test("the embedding example is short, and installs a signed release", async () => {
  const example = await readFile(new URL("../../examples/embed/update.ts", import.meta.url), "utf8");
  expect(example.trimEnd().split("\n").length).toBeLessThan(30);

  const stub = await startStub();
  onTestFinished(() => stub.close());
  const [folder, repository] = [await temporaryFolder(), await openApp(await temporaryFolder(), "myapp", setClock())];
  const manifest = stub.publish("1.0.0", [{ name: "notes", kind: "file", content: Buffer.from("hello") }]);
  stub.live = "1.0.0";
  stub.offer({ version: "1.0.0" });
  const feed = await (await fetch(new URL("feed.json", stub.url))).json();
  await repository.publish(
    new Map([
      [feedPath("stable"), canonicalJson(feed)],
      [manifestPath("1.0.0"), canonicalJson(manifest)],
    ]),
  );
  await writeFile(join(folder, "root.json"), repository.rootJson());
  stub.intercept = (request, response) => {
    const path = (request.url ?? "").replace("/feeds/myapp/", "");
    if (!request.url?.startsWith("/feeds/") || path.startsWith("blobs/")) return false;
    void feedFile(repository, path).then((file) =>
      response.writeHead(file === undefined ? 404 : 200, file?.headers).end(file?.body),
    );
    return true;
  };

  expect(await keepUpToDate(stub.url, folder)).toBe("now at 1.0.0");

  expect(await readFile(join(folder, "current", "notes"), "utf8")).toBe("hello");
  expect(stub.reports.map(({ status }) => status)).toEqual(["in-progress", "completed"]);
});
