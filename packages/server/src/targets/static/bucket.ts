import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import type { BucketSpec } from "@sluice/core/targets/static.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { awsClientOptions, awsFailure, awsStatus } from "../aws/client.ts";
import { type Content, type Place, readBytesMax } from "./place.ts";

/** A bucket that is read by clients directly, or through a CDN. Objects appear whole, as S3 has it. */
export async function openBucket(spec: BucketSpec, secrets: Secrets): Promise<Place> {
  // A client of this size is loaded only where one is used.
  const sdk = await import("@aws-sdk/client-s3");
  const client = clientOf(sdk, spec, secrets);
  const { bucket: Bucket, prefix } = spec;
  const name = `s3://${Bucket}${prefix === undefined ? "" : `/${prefix}`}`;
  const root = prefix === undefined ? "" : `${prefix}/`;
  const tags = new Map<string, string | undefined>();

  async function attempt<T>(path: string, signal: AbortSignal, work: (Key: string) => Promise<T>): Promise<T> {
    try {
      signal.throwIfAborted();
      return await work(`${root}${path}`);
    } catch (error) {
      throw awsFailure(`${name}/${path}`, error, signal);
    }
  }
  /** What is undefined where nothing is there. */
  const orNothing = async <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error: unknown) => {
      if (awsStatus(error) === 404 && (error as Error).name !== "NoSuchBucket") return undefined;
      throw error;
    });
  const put = async (Key: string, body: Uint8Array | Content, signal: AbortSignal, more: object) => {
    const whole = body instanceof Uint8Array;
    await client.send(
      new sdk.PutObjectCommand({
        Bucket,
        Key,
        Body: whole ? body : await body.open(),
        ContentLength: whole ? body.length : body.size,
        ContentType: Key.endsWith(".json") ? "application/json" : "application/octet-stream",
        ...more,
      }),
      { abortSignal: signal },
    );
  };

  return {
    name,
    read: (path, signal) =>
      attempt(path, signal, async (Key) => {
        const found = await orNothing(client.send(new sdk.GetObjectCommand({ Bucket, Key }), { abortSignal: signal }));
        tags.set(path, found?.ETag);
        return found === undefined ? undefined : bytesOf(found);
      }),
    size: (path, signal) =>
      attempt(path, signal, async (Key) => {
        const found = await orNothing(client.send(new sdk.HeadObjectCommand({ Bucket, Key }), { abortSignal: signal }));
        return found?.ContentLength;
      }),
    write: (path, content, signal) =>
      attempt(path, signal, (Key) =>
        put(Key, content, signal, { CacheControl: "public, max-age=31536000, immutable" }),
      ),
    replace: (path, bytes, seen, signal) =>
      attempt(path, signal, async (Key) => {
        const replaceIf = (only: object) => put(Key, bytes, signal, { CacheControl: "no-cache", ...only });
        const tag = tags.get(path);
        if (seen === undefined) return replaceIf({ IfNoneMatch: "*" });
        if (tag === undefined) return replaceIf({});
        await replaceIf({ IfMatch: tag }).catch((error: unknown) => {
          // Ceph compares the tag without the quotes that RFC 9110, clause 8.8.3, makes a part of it.
          if (awsStatus(error) !== 412) throw error;
          return replaceIf({ IfMatch: tag.replaceAll('"', "") });
        });
      }),
    list: (folder, signal) =>
      attempt(`${folder}/`, signal, async (Prefix) => {
        const paths: string[] = [];
        for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix }, { abortSignal: signal }))
          for (const { Key } of page.Contents ?? []) if (Key !== undefined) paths.push(Key.slice(root.length));
        return paths;
      }),
    remove: (path, signal) =>
      attempt(path, signal, async (Key) => {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), { abortSignal: signal });
      }),
  };
}

function clientOf(sdk: typeof import("@aws-sdk/client-s3"), spec: BucketSpec, secrets: Secrets): S3Client {
  return new sdk.S3Client({
    ...awsClientOptions(spec, secrets),
    // What only AWS knows is left out: every client of the feed compares digests itself.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    forcePathStyle: spec.endpoint !== undefined,
  });
}

async function bytesOf({ Body, ContentLength = Number.POSITIVE_INFINITY }: GetObjectCommandOutput): Promise<Buffer> {
  if (ContentLength > readBytesMax) throw new Error(`is larger than ${readBytesMax} bytes`);
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
