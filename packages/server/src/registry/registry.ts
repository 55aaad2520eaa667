import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { Clock } from "../clock/clock.ts";
import type { FindCredentials } from "./credentials.ts";
import { type Answer, bytesOf, drop } from "./exchange.ts";
import { RegistryFailure } from "./failure.ts";
import { type Descriptor, indexType, type Manifest, manifestTypes, readManifest } from "./manifest.ts";
import { RegistrySession, type Request } from "./session.ts";

/** Largest manifest that registries take, in bytes. */
const manifestBytesMax = 4 * 1024 * 1024;
/** Redirects that a registry may send a download on. */
const redirectsMax = 5;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Pages of a list that are read. */
const pagesMax = 10;
/** How registries answer beside 404 that know nothing of lists of referrers. */
const keepsNoLists: ReadonlySet<number> = new Set([400, 405, 406, 501]);

const tagsSchema = z.object({ tags: z.array(z.string()).nullish() });

const pull = (repository: string) => `repository:${repository}:pull`;
const push = (repository: string) => `repository:${repository}:pull,push`;

/**
 * One registry by the OCI distribution specification 1.1. Everything that comes by a digest is held to it. Failures are
 * RegistryFailures.
 */
export class Registry {
  readonly host: string;
  readonly #session: RegistrySession;
  /** Whether it keeps lists of what refers to what, as far as it is known. */
  #listsReferrers = true;

  constructor(options: { readonly host: string; readonly findCredentials: FindCredentials; readonly clock: Clock }) {
    this.host = options.host;
    this.#session = new RegistrySession(options);
  }

  pause(attempt: number, signal: AbortSignal, failure: RegistryFailure): Promise<void> {
    return this.#session.pause(attempt, signal, failure);
  }

  /** A manifest by its tag or digest; undefined when there is none. */
  async manifest(repository: string, reference: string, signal: AbortSignal): Promise<Manifest | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const headers = { accept: manifestTypes.join(", ") };
    const answer = await this.#session.ask({ method: "GET", path, headers, scopes: [pull(repository)], signal });
    if (answer.status === 404) {
      await drop(answer);
      return undefined;
    }
    const where = `${this.host}/${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
    const manifest = readManifest(await bytesOf(answer, manifestBytesMax), answer.headers["content-type"], where);
    if (reference.startsWith("sha256:") && manifest.digest !== reference)
      throw new RegistryFailure(
        `${where} has bytes of another digest, ${manifest.digest}: it was damaged or tampered with. Nothing of it was taken`,
        { retryable: false },
      );
    return manifest;
  }

  /** The tags of a repository, at most ten thousand; none where there is no such repository. */
  async tags(repository: string, signal: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = `/v2/${repository}/tags/list?n=1000`;
    for (let page = 0; path !== undefined && page < pagesMax; page++) {
      const answer: Answer = await this.#session.ask({ method: "GET", path, scopes: [pull(repository)], signal });
      if (answer.status === 404) {
        await drop(answer);
        return tags;
      }
      if (answer.status !== 200) await this.#expect(answer, [200], `the tags of ${repository} were not told`);
      const read = tagsSchema.safeParse(parsed(await bytesOf(answer, manifestBytesMax)));
      if (!read.success)
        throw new RegistryFailure(`${this.host} does not answer with tags of ${repository}`, { retryable: true });
      tags.push(...(read.data.tags ?? []));
      path = nextPage(answer);
    }
    return tags;
  }

  /** Puts a manifest under its digest, or under a tag. */
  async putManifest(
    repository: string,
    reference: string,
    manifest: Pick<Manifest, "bytes" | "mediaType">,
    signal: AbortSignal,
  ): Promise<void> {
    const { bytes, mediaType } = manifest;
    const answer = await this.#session.ask({
      method: "PUT",
      path: `/v2/${repository}/manifests/${reference}`,
      headers: { "content-type": mediaType, "content-length": bytes.length },
      body: bytes,
      scopes: [push(repository)],
      signal,
    });
    await this.#expect(answer, [201], `the manifest ${reference} was not taken into ${repository}`);
  }

  /** What refers to a manifest, by the registry's own list; undefined when it keeps none. */
  async referrers(repository: string, digest: string, signal: AbortSignal): Promise<readonly Descriptor[] | undefined> {
    const listed: Descriptor[] = [];
    let path: string | undefined = `/v2/${repository}/referrers/${digest}`;
    for (let page = 0; path !== undefined; page++) {
      if (!this.#listsReferrers) return undefined;
      const where = `the list of what refers to ${this.host}/${repository}@${digest}`;
      if (page === pagesMax) throw new RegistryFailure(`${where} is too long`, { retryable: false });
      const answer: Answer | undefined = await this.#session
        .ask({ method: "GET", path, scopes: [pull(repository)], signal })
        .catch((error: unknown) => {
          if (error instanceof RegistryFailure && keepsNoLists.has(error.status ?? 0)) return undefined;
          throw error;
        });
      const type = answer?.headers["content-type"]?.split(";")[0]?.trim();
      if (answer?.status !== 200 || type !== indexType) {
        // One that keeps lists has an empty one for what nothing refers to.
        this.#listsReferrers = false;
        if (answer !== undefined) await drop(answer);
        return undefined;
      }
      listed.push(...readManifest(await bytesOf(answer, manifestBytesMax), type, where).manifests);
      path = nextPage(answer);
    }
    return listed;
  }

  async hasBlob(repository: string, digest: string, signal: AbortSignal): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const answer = await this.#session.ask({ method: "HEAD", path, scopes: [push(repository)], signal });
    await drop(answer);
    // One that keeps its content elsewhere sends on to there for what it has.
    return answer.status === 200 || redirectStatuses.has(answer.status);
  }

  /** The bytes of a blob from a place on; the registry may answer from the beginning all the same. */
  async blob(
    repository: string,
    digest: string,
    from: number,
    signal: AbortSignal,
  ): Promise<{ readonly body: IncomingMessage; readonly from: number }> {
    const headers = from === 0 ? {} : { range: `bytes=${from}-` };
    let path: string | URL = `/v2/${repository}/blobs/${digest}`;
    for (let redirects = 0; ; redirects++) {
      const request: Request = { method: "GET", path, headers, scopes: [pull(repository)], signal };
      const answer = await this.#session.ask(request);
      const { status, url, body } = answer;
      if (status === 200) return { body, from: 0 };
      if (status === 206) return { body, from };
      await drop(answer);
      const { location } = answer.headers;
      if (!redirectStatuses.has(status) || location === undefined || redirects === redirectsMax)
        throw new RegistryFailure(`${this.host}/${repository} does not have its content ${digest} (${status})`, {
          retryable: false,
          status,
        });
      path = new URL(location, url);
      if (url.protocol === "https:" && path.protocol !== "https:")
        throw new RegistryFailure(`${this.host} sends downloads on to ${path.host} in the clear`, { retryable: false });
    }
  }

  /** Begins an upload, or has the blob taken over from another repository here. @returns where to send it; undefined: it is there */
  async beginUpload(
    repository: string,
    mount: { readonly digest: string; readonly from: string } | undefined,
    signal: AbortSignal,
  ): Promise<URL | undefined> {
    const query = mount === undefined ? "" : `?${new URLSearchParams({ mount: mount.digest, from: mount.from })}`;
    const path = `/v2/${repository}/blobs/uploads/${query}`;
    const scopes = [push(repository), ...(mount === undefined ? [] : [pull(mount.from)])];
    const headers = { "content-length": 0 };
    const answer = await this.#session
      .ask({ method: "POST", path, headers, scopes, signal })
      .catch((error: unknown) => {
        // Whoever may write here need not be one who may read there. Then it is sent.
        if (error instanceof RegistryFailure && !error.retryable && mount !== undefined) return undefined;
        throw error;
      });
    if (answer === undefined) return this.beginUpload(repository, undefined, signal);
    await this.#expect(answer, [201, 202], `an upload into ${repository} could not be begun`);
    return answer.status === 201 ? undefined : locationOf(answer);
  }

  /** How many bytes of an upload the registry has; undefined when it has forgotten it. */
  async uploaded(
    repository: string,
    upload: URL,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly upload: URL } | undefined> {
    const answer = await this.#session
      .ask({ method: "GET", path: upload, scopes: [push(repository)], signal })
      .catch((error: unknown) => {
        // Some do not know an upload any more whose last piece did not arrive whole.
        if (error instanceof RegistryFailure && error.status !== undefined && !error.retryable) return undefined;
        throw error;
      });
    if (answer === undefined) return undefined;
    await drop(answer);
    if (answer.status !== 204) return undefined;
    const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? "")?.[1];
    // A range of 0-0 is what registries say of nothing as well as of one byte.
    const bytes = last === undefined || last === "0" ? 0 : Number(last) + 1;
    return { bytes, upload: answer.headers.location === undefined ? upload : locationOf(answer) };
  }

  /** Sends the rest of a blob, from a place on, which the registry holds to its digest. */
  async finishUpload(
    repository: string,
    upload: URL,
    digest: string,
    content: { readonly body: Readable; readonly from: number; readonly bytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const path = new URL(upload);
    path.searchParams.set("digest", digest);
    const { body, from, bytes } = content;
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": bytes,
      ...(from === 0 || bytes === 0 ? {} : { "content-range": `${from}-${from + bytes - 1}` }),
    };
    const scopes = [push(repository)];
    const answer = await this.#session.ask({ method: "PUT", path, headers, body, scopes, signal });
    await this.#expect(answer, [201], `the content ${digest} was not taken into ${repository}`);
  }

  async #expect(answer: Answer, statuses: readonly number[], otherwise: string): Promise<void> {
    await drop(answer);
    if (statuses.includes(answer.status)) return;
    throw new RegistryFailure(`${this.host}: ${otherwise} (${answer.status})`, {
      retryable: answer.status === 404 || answer.status === 416,
      status: answer.status,
    });
  }
}

function locationOf({ headers, url }: Answer): URL {
  if (headers.location === undefined)
    throw new RegistryFailure(`${url.host} did not say where to send an upload`, { retryable: false });
  return new URL(headers.location, url);
}

/** Where the list goes on: RFC 8288, as the distribution specification has it; never on another host. */
function nextPage({ headers, url }: Answer): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? "")) ?? [];
  const next = target === undefined ? undefined : new URL(target, url);
  return next === undefined || next.origin !== url.origin ? undefined : next.pathname + next.search;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
