import type { Repository } from "./repository.ts";

/** A file of the signed feeds, with the headers to send it with. */
export interface FeedFile {
  readonly body: Buffer;
  readonly headers: Readonly<Record<"content-type" | "cache-control", string>>;
}

/**
 * Finds the file for a request below `/feeds/APP/`.
 * @param urlPath the rest of the URL's path, percent-encoded or not: `metadata/timestamp.json`
 * @returns undefined when there is no such file; nothing outside of the repository is ever read.
 */
export async function feedFile(repository: Repository, urlPath: string): Promise<FeedFile | undefined> {
  const path = decoded(urlPath);
  const body = path === undefined ? undefined : await repository.read(path);
  if (body === undefined) return undefined;
  // A name with a version or a digest in it means the same bytes for ever; the timestamp says what is new.
  const cacheControl = path === "metadata/timestamp.json" ? "no-cache" : "public, max-age=31536000, immutable";
  return { body, headers: { "content-type": "application/json", "cache-control": cacheControl } };
}

function decoded(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
}
