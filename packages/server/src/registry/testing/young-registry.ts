import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What the registry that Debian has cannot do: it lists referrers page by page, and remembers an upload whose connection was
 * cut. In memory, by the OCI distribution specification 1.1; no registry that anybody runs.
 */
export class YoungRegistry {
  host = "";
  /** Referrers that a page of their list has. */
  readonly pageSize = 1;
  /** `content-range` of every upload that was taken up again. */
  readonly takenUp: string[] = [];
  /** Sends questions after content on to another address, as registries do that keep it elsewhere. */
  elsewhere = false;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { bytes: Buffer; type: string; subject: string | undefined }>();
  readonly #tags = new Map<string, string>();
  readonly #uploads = new Map<string, Buffer>();
  readonly #server = createServer((request, answer) => {
    this.#answer(request, answer).catch(() => answer.destroy());
  });

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Puts a manifest that refers to another one. @returns its digest */
  refer(repository: string, subject: string, what: string): string {
    const empty = Buffer.from("{}");
    const content = Buffer.from(what);
    for (const blob of [empty, content]) this.#blobs.set(digestOf(blob), blob);
    const type = "application/vnd.oci.image.manifest.v1+json";
    const blob = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
    const target = this.#manifests.get(`${repository}@${subject}`);
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: type,
        artifactType: "application/spdx+json",
        config: blob(empty, "application/vnd.oci.empty.v1+json"),
        layers: [blob(content, "application/spdx+json")],
        subject: { mediaType: target?.type ?? type, digest: subject, size: target?.bytes.length ?? 0 },
      }),
    );
    this.#manifests.set(`${repository}@${digestOf(bytes)}`, { bytes, type, subject });
    return digestOf(bytes);
  }

  async #answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${this.host}`);
    const [, repository = "", kind, rest = ""] =
      /^\/v2\/(.+?)\/(manifests|referrers|blobs\/uploads|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") await this.#manifest(request, answer, repository, rest);
    else if (kind === "referrers") this.#referrers(url, answer, repository, rest);
    else if (kind === "blobs/uploads") await this.#upload(request, answer, url, repository, rest);
    else if (kind === "blobs") this.#blob(request, answer, rest);
    else answer.writeHead(url.pathname === "/v2/" ? 200 : 404).end();
  }

  async #manifest(request: IncomingMessage, answer: ServerResponse, repository: string, at: string): Promise<void> {
    if (request.method === "PUT") {
      const { bytes } = await received(request);
      const { subject } = JSON.parse(bytes.toString()) as { subject?: { digest: string } };
      const digest = digestOf(bytes);
      this.#manifests.set(`${repository}@${digest}`, {
        bytes,
        type: request.headers["content-type"] ?? "",
        subject: subject?.digest,
      });
      if (!at.startsWith("sha256:")) this.#tags.set(`${repository}:${at}`, digest);
      answer.writeHead(201, { "docker-content-digest": digest }).end();
      return;
    }
    const digest = at.startsWith("sha256:") ? at : this.#tags.get(`${repository}:${at}`);
    const known = this.#manifests.get(`${repository}@${digest}`);
    if (known === undefined) answer.writeHead(404).end();
    else answer.writeHead(200, { "content-type": known.type, "docker-content-digest": digest }).end(known.bytes);
  }

  #referrers(url: URL, answer: ServerResponse, repository: string, digest: string): void {
    const all = [...this.#manifests].flatMap(([key, { bytes, type, subject }]) =>
      subject === digest && key.startsWith(`${repository}@`)
        ? [{ mediaType: type, digest: digestOf(bytes), size: bytes.length, artifactType: "application/spdx+json" }]
        : [],
    );
    const from = Number(url.searchParams.get("from") ?? 0);
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const next = from + this.pageSize;
    const link = next < all.length ? { link: `<${url.pathname}?from=${next}>; rel="next"` } : {};
    answer.writeHead(200, { "content-type": mediaType, ...link });
    answer.end(JSON.stringify({ schemaVersion: 2, mediaType, manifests: all.slice(from, next) }));
  }

  async #upload(request: IncomingMessage, answer: ServerResponse, url: URL, repository: string, id: string) {
    const place = (name: string) => `/v2/${repository}/blobs/uploads/${name}`;
    const known = this.#uploads.get(id);
    if (request.method === "POST") {
      const name = `upload-${this.#uploads.size}`;
      this.#uploads.set(name, Buffer.alloc(0));
      answer.writeHead(202, { location: place(name) }).end();
    } else if (known === undefined) {
      answer.writeHead(404).end();
    } else if (request.method === "GET") {
      answer.writeHead(204, { location: place(id), range: `0-${Math.max(0, known.length - 1)}` }).end();
    } else {
      const range = request.headers["content-range"];
      if (range !== undefined) this.takenUp.push(range);
      const { bytes, whole } = await received(request);
      const blob = Buffer.concat([known, bytes]);
      this.#uploads.set(id, blob);
      const digest = url.searchParams.get("digest");
      if (!whole) answer.destroy();
      else if (request.method === "PATCH")
        answer.writeHead(202, { location: place(id), range: `0-${blob.length - 1}` }).end();
      else if (digest !== digestOf(blob)) answer.writeHead(400).end();
      else {
        this.#blobs.set(digest, blob);
        answer.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
      }
    }
  }

  #blob({ method, url = "", headers }: IncomingMessage, answer: ServerResponse, digest: string): void {
    const blob = this.#blobs.get(digest);
    if (blob === undefined) answer.writeHead(404).end();
    else if (this.elsewhere && !url.endsWith("?there")) answer.writeHead(307, { location: `${url}?there` }).end();
    else {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      answer.writeHead(from === 0 ? 200 : 206, { "content-length": blob.length - from });
      answer.end(method === "HEAD" ? undefined : blob.subarray(from));
    }
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What came of a body, also where its connection was cut. */
async function received(request: IncomingMessage): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), whole: true };
  } catch {
    return { bytes: Buffer.concat(chunks), whole: false };
  }
}
