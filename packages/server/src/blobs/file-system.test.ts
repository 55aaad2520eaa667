import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { mountSmallDisk, noSmallDisk } from "../data-folder/small-disk.ts";
import { blobStoreContract, sha256Of } from "./contract.ts";
import { openFileSystemBlobs } from "./file-system.ts";

const maxBytes = 10_000_000;

describe("the blob store in a folder", () => {
  blobStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-blobs-"));
    return {
      open: () => openFileSystemBlobs(join(folder, "blobs")),
      remove: () => rm(folder, { recursive: true }),
    };
  });

  it("keeps what came of an upload over HTTP whose sender vanished", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-blobs-"));
    const store = await openFileSystemBlobs(folder);
    const content = randomBytes(200_000);
    const digest = sha256Of(content);
    const ended = Promise.withResolvers<unknown>();
    const server = createServer((incoming) => {
      store.put(digest, incoming, { offset: 0, total: content.length, maxBytes }).then(ended.resolve, ended.resolve);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const upload = request({ port, host: "127.0.0.1", method: "PUT", headers: { "content-length": content.length } });
    upload.on("error", () => {});
    upload.write(content.subarray(0, 150_000));
    while ((await store.uploadOffset(digest)) < 150_000) await new Promise((resolve) => setImmediate(resolve));
    upload.destroy();
    expect(await ended.promise).toMatchObject({ code: "UPLOAD_INTERRUPTED" });
    expect(await store.uploadOffset(digest)).toBe(150_000);
    const rest = Readable.from([content.subarray(150_000)]);
    const result = await store.put(digest, rest, { offset: 150_000, total: content.length, maxBytes });
    expect(result).toEqual({ complete: true, size: content.length });
    server.close();
    await rm(folder, { recursive: true });
  });

  it("says that the disk is full, shows nothing, gives the space back, and goes on when there is room", async (test) => {
    const disk = mountSmallDisk(256);
    if (!disk) return test.skip(noSmallDisk);
    try {
      const store = await openFileSystemBlobs(join(disk.folder, "blobs"));
      const content = randomBytes(400_000);
      const digest = sha256Of(content);
      const body = () =>
        Readable.from(Array.from({ length: 40 }, (_, i) => content.subarray(i * 10_000, i * 10_000 + 10_000)));
      await expect(store.put(digest, body(), { offset: 0, maxBytes })).rejects.toMatchObject({
        code: "DISK_FULL",
        retryable: true,
      });
      expect(await store.size(digest)).toBeUndefined();
      expect(await store.uploadOffset(digest)).toBe(0);
      expect(await readdir(join(disk.folder, "blobs", digest.slice(0, 2)))).toEqual([]);
      disk.resize(1_024);
      expect(await store.put(digest, body(), { offset: 0, maxBytes })).toEqual({ complete: true, size: 400_000 });
    } finally {
      disk.remove();
    }
  });
});
