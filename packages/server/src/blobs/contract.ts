import { createHash, randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "./store.ts";

/** One place to keep content in. */
export interface BlobSetup {
  /** Opens a store on it; called again, as after a restart. */
  open(): Promise<BlobStore>;
  remove(): Promise<void>;
}

const maxBytes = 10_000_000;

export function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A body in pieces of 10,000 bytes. */
function bodyOf(content: Buffer): Readable {
  const pieces = Array.from({ length: Math.ceil(content.length / 10_000) }, (_, i) =>
    content.subarray(i * 10_000, (i + 1) * 10_000),
  );
  return Readable.from(pieces, { objectMode: false });
}

/** A body that breaks after its last byte, as when a connection is lost. */
function brokenBodyOf(content: Buffer): Readable {
  return Readable.from(
    (async function* () {
      yield* bodyOf(content) as AsyncIterable<Buffer>;
      throw new Error("connection lost");
    })(),
    { objectMode: false },
  );
}

/** What every BlobStore must do. @param setUp makes an empty place. */
export function blobStoreContract(setUp: () => Promise<BlobSetup>): void {
  const content = randomBytes(100_000);
  const digest = sha256Of(content);
  let setup: BlobSetup;
  let store: BlobStore;

  const expectStored = async () => {
    expect(await store.size(digest)).toBe(content.length);
    const stream = await store.read(digest);
    expect(stream && content.equals(await buffer(stream))).toBe(true);
    expect(await store.uploadOffset(digest)).toBe(0);
  };
  const expectNothing = async () => {
    expect(await store.size(digest)).toBeUndefined();
    expect(await store.read(digest)).toBeUndefined();
    expect(await store.uploadOffset(digest)).toBe(0);
  };

  beforeEach(async () => {
    setup = await setUp();
    store = await setup.open();
  });
  afterEach(() => setup.remove());

  describe("put", () => {
    it("takes content whose size was announced", async () => {
      const total = content.length;
      expect(await store.put(digest, bodyOf(content), { offset: 0, total, maxBytes })).toEqual({
        complete: true,
        size: total,
      });
      await expectStored();
    });

    it("takes content whose size was not announced", async () => {
      const result = await store.put(digest, bodyOf(content), { offset: 0, maxBytes });
      expect(result).toEqual({ complete: true, size: content.length });
      await expectStored();
    });

    it("takes content of no bytes", async () => {
      const nothing = Buffer.alloc(0);
      const result = await store.put(sha256Of(nothing), bodyOf(nothing), { offset: 0, total: 0, maxBytes });
      expect(result).toEqual({ complete: true, size: 0 });
      const stream = await store.read(sha256Of(nothing));
      expect(stream && (await buffer(stream)).length).toBe(0);
    });

    it("does not take again what it has", async () => {
      await store.put(digest, bodyOf(content), { offset: 0, maxBytes });
      const other = bodyOf(Buffer.from("something else"));
      expect(await store.put(digest, other, { offset: 0, maxBytes })).toEqual({ complete: true, size: content.length });
      await expectStored();
    });

    it("takes content in parts, which are not visible before the last one", async () => {
      const total = content.length;
      const first = await store.put(digest, bodyOf(content.subarray(0, 30_000)), { offset: 0, total, maxBytes });
      expect(first).toEqual({ complete: false, size: 30_000 });
      expect(await store.size(digest)).toBeUndefined();
      expect(await store.read(digest)).toBeUndefined();
      store = await setup.open();
      expect(await store.uploadOffset(digest)).toBe(30_000);
      const second = await store.put(digest, bodyOf(content.subarray(30_000)), { offset: 30_000, total, maxBytes });
      expect(second).toEqual({ complete: true, size: total });
      await expectStored();
    });

    it("keeps what came of a body that was cut, and goes on from there", async () => {
      const cut = brokenBodyOf(content.subarray(0, 40_000));
      await expect(store.put(digest, cut, { offset: 0, maxBytes })).rejects.toMatchObject({
        code: "UPLOAD_INTERRUPTED",
        retryable: true,
      });
      expect(await store.size(digest)).toBeUndefined();
      const offset = await store.uploadOffset(digest);
      expect(offset).toBe(40_000);
      await store.put(digest, bodyOf(content.subarray(offset)), { offset, total: content.length, maxBytes });
      await expectStored();
    });

    it("begins anew from 0", async () => {
      const wrong = brokenBodyOf(randomBytes(50_000));
      await expect(store.put(digest, wrong, { offset: 0, maxBytes })).rejects.toThrow();
      await store.put(digest, bodyOf(content), { offset: 0, total: content.length, maxBytes });
      await expectStored();
    });

    it("refuses to go on from anywhere but the end of what came", async () => {
      const options = { offset: 0, total: content.length, maxBytes };
      await store.put(digest, bodyOf(content.subarray(0, 30_000)), options);
      for (const offset of [29_999, 30_001])
        await expect(store.put(digest, bodyOf(content.subarray(offset)), { ...options, offset })).rejects.toMatchObject(
          { code: "UPLOAD_OFFSET_MISMATCH", message: expect.stringContaining("from 30000") },
        );
      expect(await store.uploadOffset(digest)).toBe(30_000);
    });

    it("refuses bytes that have another digest, and keeps nothing", async () => {
      const wrong = Buffer.from(content);
      wrong[50_000] = (wrong[50_000] ?? 0) ^ 1;
      const total = content.length;
      const mismatch = { code: "BLOB_DIGEST_MISMATCH", message: expect.stringContaining(digest) };
      await expect(store.put(digest, bodyOf(wrong), { offset: 0, total, maxBytes })).rejects.toMatchObject(mismatch);
      await expectNothing();
      await store.put(digest, bodyOf(wrong.subarray(0, 60_000)), { offset: 0, total, maxBytes });
      const rest = bodyOf(content.subarray(60_000));
      await expect(store.put(digest, rest, { offset: 60_000, total, maxBytes })).rejects.toMatchObject(mismatch);
      await expectNothing();
      // Without an announced size, an early end is an end.
      const short = bodyOf(content.subarray(0, 60_000));
      await expect(store.put(digest, short, { offset: 0, maxBytes })).rejects.toMatchObject(mismatch);
      await expectNothing();
    });

    it("refuses more than is allowed, and more than was announced, and keeps nothing", async () => {
      const refused = { code: "BLOB_TOO_LARGE" };
      const allowed = { offset: 0, maxBytes: content.length - 1 };
      await expect(store.put(digest, bodyOf(content), allowed)).rejects.toMatchObject(refused);
      await expectNothing();
      const announced = store.put(digest, bodyOf(content), { ...allowed, total: content.length });
      await expect(announced).rejects.toMatchObject(refused);
      await expectNothing();
      const more = store.put(digest, bodyOf(content), { offset: 0, total: content.length - 1, maxBytes });
      await expect(more).rejects.toMatchObject(refused);
      await expectNothing();
      await store.put(digest, bodyOf(content), { offset: 0, maxBytes: content.length });
      await expectStored();
    });

    it("takes one upload of a digest at a time", async () => {
      const slow = new PassThrough();
      const first = store.put(digest, slow, { offset: 0, total: content.length, maxBytes });
      await expect(store.put(digest, bodyOf(content), { offset: 0, maxBytes })).rejects.toMatchObject({
        code: "UPLOAD_IN_PROGRESS",
        retryable: true,
      });
      const other = randomBytes(1_000);
      await store.put(sha256Of(other), bodyOf(other), { offset: 0, maxBytes });
      slow.end(content);
      expect(await first).toEqual({ complete: true, size: content.length });
      await expectStored();
    });
  });

  describe("read", () => {
    it("reads a range, both ends included", async () => {
      await store.put(digest, bodyOf(content), { offset: 0, maxBytes });
      for (const [start, end] of [
        [0, 0],
        [10, 20],
        [99_999, 99_999],
      ] as const) {
        const stream = await store.read(digest, { start, end });
        expect(stream && content.subarray(start, end + 1).equals(await buffer(stream))).toBe(true);
      }
    });
  });

  it("refuses a digest that is none, before it touches anything", async () => {
    for (const name of ["", "abc", "../../etc/passwd", `${digest}/..`, digest.toUpperCase(), `${digest}\n`]) {
      await expect(store.size(name)).rejects.toThrow(TypeError);
      await expect(store.uploadOffset(name)).rejects.toThrow(TypeError);
      await expect(store.read(name)).rejects.toThrow(TypeError);
      await expect(store.put(name, bodyOf(content), { offset: 0, maxBytes })).rejects.toThrow(TypeError);
    }
  });
}
