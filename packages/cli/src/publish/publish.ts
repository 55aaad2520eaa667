import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import { type Api, apiPath } from "../api/api.ts";
import type { Published } from "../api/shapes.ts";
import type { ComponentOption } from "./component-option.ts";
import type { LookUpImage } from "./image.ts";
import { type PreparedComponent, prepareComponent } from "./prepare.ts";
import { uploadContent } from "./upload.ts";

/** What is to be published, apart from its bytes. */
export type ReleaseFacts = Omit<Manifest, "app" | "components">;

export interface PublishOptions {
  readonly app: string;
  readonly release: ReleaseFacts;
  readonly components: readonly ComponentOption[];
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Looks up images in their registries. */
  readonly image: LookUpImage;
  /** Opens the account of one component's upload. */
  readonly progress?: (prepared: PreparedComponent) => { at(done: number): void; end(sent: boolean): void };
}

/** Publishes a release: hashes everything first, uploads what the server lacks, then has the manifest signed. */
export async function publishRelease(api: Api, options: PublishOptions): Promise<Published> {
  const scratch = await mkdtemp(join(tmpdir(), "sluice-publish-"));
  try {
    const prepared: PreparedComponent[] = [];
    for (const component of options.components)
      prepared.push(await prepareComponent(component, { cwd: options.cwd, scratch, image: options.image }));
    for (const one of prepared) {
      if (one.file === undefined) continue;
      const account = options.progress?.(one);
      const { sha256, size } = one.component;
      const sent = await uploadContent(api, { file: one.file, sha256, size }, (done) => account?.at(done));
      account?.end(sent);
    }
    const manifest = { ...options.release, components: prepared.map(({ component }) => component) };
    return (await api.send<Published>("POST", apiPath("apps", options.app, "releases"), manifest)).body;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
