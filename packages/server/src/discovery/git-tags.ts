import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitSubscription } from "@sluice/core/discovery/schema.ts";
import type { Component } from "@sluice/core/release/manifest.ts";
import type { BlobStore } from "../blobs/store.ts";
import type { Clock } from "../clock/clock.ts";
import { gitIn, reaching } from "../git/git-program.ts";
import { isLocal, locateRepository } from "../git/locate-repository.ts";

/** Longest archive, and longest pack that is fetched for it: 512 MiB. */
const archiveBytesMax = 512 * 1024 ** 2;

export interface GitLook {
  readonly clock: Clock;
  readonly repositoriesDir: string | undefined;
  /** What ssh is to know of hosts; undefined: what the server's user has. */
  readonly sshConfig?: string | undefined;
  readonly blobs: BlobStore;
}

/** The highest thirty or so tags of a repository, with the commits that they lead to. */
export async function tagsOf(
  { repository, tag }: GitSubscription,
  { clock, repositoriesDir, sshConfig }: GitLook,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const address = isLocal(repository) ? await locateRepository(repositoriesDir, repository) : repository;
  const git = gitIn("/", clock, signal, reaching(sshConfig));
  // Of what git says the end is kept, so the highest stand last; a line that was cut through names no object.
  const pattern = `refs/tags/${tag.replace("{version}", "*")}`;
  const { output } = await git(["ls-remote", "--sort=version:refname", "--", address, pattern]);
  const tags = new Map<string, string>();
  // What an annotated tag leads to is said after the tag itself.
  for (const [, object = "", name = "", peeled] of output.matchAll(
    /^([0-9a-f]{40,64})\trefs\/tags\/(\S+?)(\^\{\})?$/gm,
  ))
    if (peeled !== undefined || !tags.has(name)) tags.set(name, object);
  return tags;
}

/** The files of a tagged commit as one component, whose bytes are stored: a tar archive that git makes, the same for the same commit. */
export async function archiveOf(
  { repository, archive = "." }: GitSubscription,
  { name: tag, commit }: { readonly name: string; readonly commit: string },
  { clock, repositoriesDir, sshConfig, blobs }: GitLook,
  signal: AbortSignal,
): Promise<Component> {
  const address = isLocal(repository) ? await locateRepository(repositoriesDir, repository) : repository;
  const folder = await mkdtemp(join(tmpdir(), "sluice-discover-"));
  try {
    const git = gitIn(folder, clock, signal, { ...reaching(sshConfig), fileBytesMax: archiveBytesMax });
    await git(["init", "--quiet", "--bare", "--template=", "."]);
    const light = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"];
    await git(["fetch", "--quiet", ...light, "--", address, `+refs/tags/${tag}:refs/sluice/tag`]);
    const { output } = await git(["rev-parse", "--verify", "--end-of-options", "refs/sluice/tag^{commit}"]);
    if (output.trim() !== commit) throw new Error(`tag ${tag} of ${repository} moved while it was looked at`);
    const file = join(folder, "source.tar");
    const paths = archive === "." ? [] : ["--", archive];
    await git(["archive", "--format=tar", `--output=${file}`, "refs/sluice/tag^{commit}", ...paths]);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    const sha256 = hash.digest("hex");
    const { size } = await stat(file);
    if ((await blobs.size(sha256)) === undefined)
      await blobs.put(sha256, createReadStream(file), { offset: 0, total: size, maxBytes: archiveBytesMax });
    return { name: "source", kind: "folder", sha256, size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
