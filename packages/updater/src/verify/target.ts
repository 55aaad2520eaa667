import { Readable } from "node:stream";
import type { TargetFile, Updater } from "tuf-js";
import type { z } from "zod";
import { UpdaterError } from "../errors.ts";
import { httpGet } from "./http-get.ts";
import { unexpectedStatus } from "./metadata-fetcher.ts";

/** The largest feed or manifest accepted, in bytes. */
const maxTargetBytes = 4 * 1024 * 1024;

/** Looks a path up among the signed targets; undefined when it is not there. */
export async function findTarget(updater: Updater, path: string): Promise<TargetFile | undefined> {
  const target = await updater.getTargetInfo(path);
  if (target !== undefined && target.length > maxTargetBytes)
    throw new UpdaterError(
      "UNTRUSTED",
      `${path} is signed with ${target.length} bytes; at most ${maxTargetBytes} are accepted`,
    );
  return target;
}

/**
 * Fetches a signed target and checks length and hash (TUF 1.0 clause 5.7), then its form.
 * @throws UpdaterError UNTRUSTED or SERVER_UNREACHABLE
 */
export async function fetchTarget<T extends z.ZodType>(options: {
  readonly baseUrl: string;
  readonly target: TargetFile;
  readonly schema: T;
  readonly timeoutMs: number;
}): Promise<z.infer<T>> {
  const { baseUrl, target, schema, timeoutMs } = options;
  const url = `${baseUrl}/targets/${storedPath(target)}`;
  const answer = await httpGet(url, { maxBytes: target.length, timeoutMs });
  if (answer.status !== 200) throw unexpectedStatus(url, answer);
  const { body } = answer;
  try {
    await target.verify(Readable.from([body]));
  } catch (cause) {
    throw new UpdaterError(
      "UNTRUSTED",
      `${url} was changed after it was signed (${cause instanceof Error ? cause.message : cause}): nothing of it is used`,
      { cause },
    );
  }
  return parse(target.path, schema, body.toString("utf8"));
}

/** TUF 1.0 clause 6.2: with consistent snapshots the file's name begins with its hash. */
function storedPath(target: TargetFile): string {
  const hash = target.hashes.sha256;
  if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash))
    throw new UpdaterError(
      "UNTRUSTED",
      `${target.path} is signed without a SHA-256: its server does not work as this updater`,
    );
  const parts = target.path.split("/").map(encodeURIComponent);
  return [...parts.slice(0, -1), `${hash}.${parts.at(-1)}`].join("/");
}

function parse<T extends z.ZodType>(path: string, schema: T, text: string): z.infer<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UpdaterError("UNTRUSTED", `${path} is validly signed, but is not JSON: the server made a mistake`, {
      cause,
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UpdaterError(
    "UNTRUSTED",
    `${path} is validly signed, but not of a form that this updater knows (${issue?.path.join(".") || "the whole"}: ${issue?.message}): ` +
      "is the updater too old for its server?",
    { cause: parsed.error },
  );
}
