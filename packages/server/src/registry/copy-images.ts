import type { Progress } from "@sluice/core/targets/progress.ts";
import { Slots } from "../controller/slots.ts";
import { copyBlob } from "./copy-blob.ts";
import { CopyProgress } from "./copy-progress.ts";
import { RegistryFailure } from "./failure.ts";
import { type Descriptor, indexType, type Manifest, referrersIndex } from "./manifest.ts";
import type { Place } from "./place.ts";
import { cosignTags, fallbackTag, referrersOf } from "./referrers.ts";

/** Blobs that are on their way at one time. */
const blobsAtOnce = 6;
/** Referrers of referrers of referrers: a signature of an SBOM is two deep. */
const depthMax = 4;

interface CopyAccount {
  /** Blobs that were sent, taken over from another repository of the destination, and there already. */
  copied: number;
  mounted: number;
  present: number;
  /** Bytes of blobs that were sent. */
  bytes: number;
  manifests: number;
}

/**
 * Copies images as they are, with everything that belongs to them: every platform, and whatever refers to them (signatures,
 * SBOMs, attestations). What is there is not sent again. Several images share one, so that a layer is sent once.
 */
export class ImageCopies {
  readonly account: CopyAccount = { copied: 0, mounted: 0, present: 0, bytes: 0, manifests: 0 };
  readonly #signal: AbortSignal;
  readonly #slots = new Slots(blobsAtOnce);
  /** Where a blob is, or will be, in the destination. */
  readonly #placed = new Map<string, { readonly repository: string; readonly done: Promise<void> }[]>();
  readonly #trees = new Map<string, Promise<void>>();
  readonly #progress: CopyProgress;

  /** @param tell told how far all of them are */
  constructor(signal: AbortSignal, tell: (progress: Progress) => void = () => {}) {
    this.#signal = signal;
    this.#progress = new CopyProgress(tell);
  }

  /** Copies the manifest of a digest, all that it names, and all that refers to it. Puts no tags. */
  async copy(from: Place, to: Place, digest: string): Promise<void> {
    const arrived = this.#progress.image();
    await this.#tree(from, to, digest, 0);
    arrived();
  }

  #tree(from: Place, to: Place, digest: string, depth: number): Promise<void> {
    const key = `${to.registry.host}/${to.repository}@${digest}`;
    let tree = this.#trees.get(key);
    if (tree === undefined) {
      tree = this.#copyTree(from, to, digest, depth);
      this.#trees.set(key, tree);
    }
    return tree;
  }

  async #copyTree(from: Place, to: Place, digest: string, depth: number): Promise<void> {
    const signal = this.#signal;
    const manifest = await from.registry.manifest(from.repository, digest, signal);
    if (manifest === undefined)
      throw new RegistryFailure(`${from.registry.host}/${from.repository} has no image ${digest}`, {
        retryable: false,
      });
    await Promise.all([
      ...manifest.manifests.map((child) => this.#tree(from, to, child.digest, depth)),
      ...manifest.blobs.map((blob) => this.#blob(from, to, blob)),
    ]);
    if ((await to.registry.manifest(to.repository, digest, signal)) === undefined) {
      await to.registry.putManifest(to.repository, digest, manifest, signal);
      // Nothing is tagged that was not read back.
      if ((await to.registry.manifest(to.repository, digest, signal)) === undefined)
        throw new RegistryFailure(`${to.registry.host} took ${digest} into ${to.repository} and does not have it`, {
          retryable: true,
        });
      this.account.manifests++;
    }
    if (depth < depthMax) await this.#referrers(from, to, digest, depth + 1);
  }

  async #blob(from: Place, to: Place, blob: Descriptor): Promise<void> {
    const key = `${to.registry.host}@${blob.digest}`;
    const places = this.#placed.get(key) ?? [];
    this.#placed.set(key, places);
    const here = places.find(({ repository }) => repository === to.repository);
    if (here !== undefined) return here.done;
    const [other] = places;
    // What is there once is mounted from there.
    const arrived = other === undefined ? this.#progress.content(blob.size) : () => {};
    const done = this.#place(from, to, blob, other, arrived).then(() => arrived(blob.size));
    places.push({ repository: to.repository, done });
    return done;
  }

  async #place(
    from: Place,
    to: Place,
    blob: Descriptor,
    other: { readonly repository: string; readonly done: Promise<void> } | undefined,
    arrived: (bytes: number) => void,
  ): Promise<void> {
    const signal = this.#signal;
    if (await to.registry.hasBlob(to.repository, blob.digest, signal)) {
      this.account.present++;
      return;
    }
    await other?.done;
    const near = from.registry.host === to.registry.host ? from.repository : other?.repository;
    const mount = near === undefined ? undefined : { digest: blob.digest, from: near };
    const free = await this.#slots.take();
    try {
      const upload = await to.registry.beginUpload(to.repository, mount, signal);
      if (upload === undefined) {
        this.account.mounted++;
        return;
      }
      let sent = 0;
      const onBytes = (bytes: number) => {
        this.account.bytes += bytes;
        sent += bytes;
        arrived(sent);
      };
      await copyBlob(from, to, blob, upload, { signal, onBytes });
      this.account.copied++;
    } finally {
      free();
    }
  }

  async #referrers(from: Place, to: Place, digest: string, depth: number): Promise<void> {
    const signal = this.#signal;
    const [listed, ...tagged] = await Promise.all([
      referrersOf(from, digest, signal),
      ...cosignTags(digest).map(async (tag) => ({
        tag,
        manifest: await from.registry.manifest(from.repository, tag, signal),
      })),
    ]);
    await Promise.all([
      ...listed.map((referrer) => this.#tree(from, to, referrer.digest, depth)),
      ...tagged.map(async ({ tag, manifest }) => {
        if (manifest === undefined) return;
        await this.#tree(from, to, manifest.digest, depth);
        await this.#tag(to, tag, manifest);
      }),
    ]);
    if (listed.length > 0 && (await to.registry.referrers(to.repository, digest, signal)) === undefined)
      await this.#list(to, digest, listed);
  }

  /** Keeps the list of referrers in the destination where the registry does not do so itself. */
  async #list(to: Place, digest: string, listed: readonly Descriptor[]): Promise<void> {
    const tag = fallbackTag(digest);
    const known = (await to.registry.manifest(to.repository, tag, this.#signal))?.manifests ?? [];
    const fresh = listed.filter((referrer) => !known.some((each) => each.digest === referrer.digest));
    if (fresh.length === 0) return;
    const index = { bytes: referrersIndex([...known, ...fresh]), mediaType: indexType };
    await to.registry.putManifest(to.repository, tag, index, this.#signal);
    this.account.manifests++;
  }

  async #tag(to: Place, tag: string, manifest: Manifest): Promise<void> {
    const known = await to.registry.manifest(to.repository, tag, this.#signal);
    if (known?.digest !== manifest.digest) await to.registry.putManifest(to.repository, tag, manifest, this.#signal);
  }
}
