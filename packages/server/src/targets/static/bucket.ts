import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import type { BucketSpec } from "@sluice/core/targets/static.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import { TargetFailure } from "../failure.ts";
import { type Content, type Place, readBytesMax } from "./place.ts";

/** How long one request may wait for an answer, in ms; a large file may take as long as it goes on. */
const answerMs = 60_000;

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
      throw failureOf(`${name}/${path}`, error, signal);
    }
  }
  /** What is undefined where nothing is there. */
  const orNothing = async <T>(asked: Promise<T>): Promise<T | undefined> =>
    asked.catch((error: unknown) => {
      if (statusOf(error) === 404 && (error as Error).name !== "NoSuchBucket") return undefined;
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
          if (statusOf(error) !== 412) throw error;
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
  const used = new UsedSecrets(secrets);
  try {
    const { region, endpoint, credentials } = spec;
    return new sdk.S3Client({
      region,
      // What only AWS knows is left out: every client of the feed compares digests itself.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: 4,
      requestHandler: { connectionTimeout: 10_000, requestTimeout: answerMs, throwOnRequestTimeout: true },
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials === undefined
        ? {}
        : {
            credentials: {
              accessKeyId: used.value(credentials["access-key-id"]),
              secretAccessKey: used.value(credentials["secret-access-key"]),
            },
          }),
    });
  } catch (error) {
    throw new TargetFailure(`the bucket ${spec.bucket} cannot be asked: ${(error as Error).message}`, {
      retryable: false,
    });
  }
}

async function bytesOf({ Body, ContentLength = Number.POSITIVE_INFINITY }: GetObjectCommandOutput): Promise<Buffer> {
  if (ContentLength > readBytesMax) throw new Error(`is larger than ${readBytesMax} bytes`);
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function failureOf(what: string, error: unknown, signal: AbortSignal): TargetFailure {
  if (error instanceof TargetFailure) return error;
  if (signal.aborted) return new TargetFailure(`publishing to ${what} was stopped`, { retryable: true });
  const status = statusOf(error);
  const { name, message } = error as Error;
  if (status === 412 || status === 409)
    return new TargetFailure(`${what} was changed by somebody else at the same moment`, { retryable: true });
  const why = status === undefined ? message : `the answer was ${status} ${name}`;
  const mayPass = status === undefined || status >= 500 || status === 408 || status === 429;
  return new TargetFailure(`${what}: ${why}`, { retryable: mayPass, cause: error });
}
