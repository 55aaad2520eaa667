import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { layoutOf } from "./disk/layout.ts";
import { openWorld } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

const limitedUpdater = fileURLToPath(new URL("./testing/limited-updater.ts", import.meta.url));

test("a disk that fills up while it downloads: nothing half-installed, the old version undisturbed, and the server told", async () => {
  const world = await openWorld();
  try {
    world.release("1.0.0");
    await (await openUpdater(world.options)).update();
    const before = await world.running();
    world.stub.publish("2.0.0", [{ name: "program", kind: "file", executable: true, content: randomBytes(500_000) }]);
    world.stub.offer({ version: "2.0.0" });

    const { folder, port, stub } = world;
    const where = JSON.stringify({ folder, port, url: stub.url });
    // 200 blocks of 512 bytes: writes beyond that fail, once the signal for it is ignored.
    const limited = `trap "" XFSZ; ulimit -f 200; exec "$@"`;
    const { stdout } = await promisify(execFile)("/bin/sh", [
      "-c",
      limited,
      "sh",
      process.execPath,
      limitedUpdater,
      where,
    ]);

    expect(JSON.parse(stdout)).toMatchObject({ kind: "failed", version: "2.0.0", code: "DISK_FULL" });
    expect(await world.running()).toEqual(before);
    const layout = layoutOf(folder);
    expect(await readdir(layout.versions)).toEqual(["1.0.0"]);
    expect(await readdir(layout.downloads).catch(() => [])).toEqual([]);
    const updater = await openUpdater(world.options);
    await updater.sendReports();
    expect(stub.reports.at(-1)).toMatchObject({ version: "2.0.0", status: "failed", details: { code: "DISK_FULL" } });
  } finally {
    await world.end();
  }
});
