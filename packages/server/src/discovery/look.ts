import type { AppState } from "@sluice/core/application/state.ts";
import type { Discover, GitSubscription, ImageSubscription } from "@sluice/core/discovery/schema.ts";
import { toPublish, versionsOf } from "@sluice/core/discovery/versions.ts";
import type { Component, Manifest } from "@sluice/core/release/manifest.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { archiveOf, type GitLook, tagsOf } from "./git-tags.ts";
import { type ImageLook, imageAt, imageTags } from "./image-tags.ts";

export type Look = GitLook & ImageLook;

/** What a look at the subscriptions of an application came to. */
export interface Discovery {
  /** What is to be published, in the order of versions. */
  readonly releases: readonly Manifest[];
  /** What cannot be, or is not what it was when it was published. */
  readonly problems: readonly DiscoveryProblem[];
}

export interface DiscoveryProblem {
  /** The repository. */
  readonly source: string;
  /** Absent: the repository could not be asked at all. */
  readonly version?: string;
  readonly reason: string;
}

/** A subscription with the versions that it has, and how a component of one of them is come by. */
interface Source {
  readonly name: string;
  readonly versions: ReadonlyMap<string, string>;
  /** What a version has of it now. */
  part(version: string): Promise<{ readonly component?: Component; readonly commit?: string }>;
  /** What is said of a version that was published and is something else by now. */
  changed(version: string, manifest: Manifest): Promise<string | undefined>;
}

/** Looks at what an application subscribes to. Publishes nothing. */
export async function discover(
  state: AppState,
  { subscriptions }: Discover,
  look: Look,
  signal: AbortSignal,
): Promise<Discovery> {
  const problems: DiscoveryProblem[] = [];
  const sources: Source[] = [];
  for (const { git, image } of subscriptions) {
    const source = git?.repository ?? image?.repository ?? "";
    try {
      if (git !== undefined) sources.push(await gitSource(git, look, signal));
      if (image !== undefined) sources.push(await imageSource(image, look, signal));
    } catch (error) {
      problems.push({ source, reason: reasonOf(error) });
    }
  }
  // What a source that did not answer would have is not known.
  if (problems.length > 0) return { releases: [], problems };
  for (const source of sources) problems.push(...(await changesOf(state, source)));
  const releases: Manifest[] = [];
  for (const version of toPublish(
    state,
    sources.map(({ versions }) => versions),
  )) {
    const parts: { readonly component?: Component; readonly commit?: string }[] = [];
    for (const source of sources)
      await source.part(version).then(
        (part) => parts.push(part),
        (error: unknown) => problems.push({ source: source.name, version, reason: reasonOf(error) }),
      );
    // Nothing overtakes what could not be read.
    if (parts.length < sources.length) break;
    const commit = parts.find((part) => part.commit !== undefined)?.commit;
    const components = parts.flatMap(({ component }) => component ?? []);
    releases.push({ app: state.app, version, components, ...(commit === undefined ? {} : { commit }) });
  }
  return { releases, problems };
}

/** The newest published version of a source is looked at again: a tag that moves is somebody's mistake, or worse. */
async function changesOf(state: AppState, source: Source): Promise<DiscoveryProblem[]> {
  const [version] = [...source.versions.keys()]
    .filter((one) => state.releases.has(one))
    .sort((a, b) => compareVersions(b, a));
  const manifest = version === undefined ? undefined : state.releases.get(version)?.manifest;
  if (version === undefined || manifest === undefined) return [];
  const reason = await source.changed(version, manifest).catch(() => undefined);
  return reason === undefined ? [] : [{ source: source.name, version, reason }];
}

async function gitSource(git: GitSubscription, look: Look, signal: AbortSignal): Promise<Source> {
  const tags = await tagsOf(git, look, signal);
  const versions = versionsOf(tags.keys(), git.tag, git.semver);
  const at = (version: string) => {
    const name = versions.get(version) ?? "";
    return { name, commit: tags.get(name) ?? "" };
  };
  return {
    name: git.repository,
    versions,
    async part(version) {
      const { commit } = at(version);
      return git.archive === undefined
        ? { commit }
        : { commit, component: await archiveOf(git, at(version), look, signal) };
    },
    async changed(version, { commit: published }) {
      const { name, commit } = at(version);
      if (published === undefined || commit.startsWith(published)) return undefined;
      return `tag ${name} is at ${commit.slice(0, 12)} now; ${version} was published from ${published.slice(0, 12)} and stays so`;
    },
  };
}

async function imageSource(image: ImageSubscription, look: Look, signal: AbortSignal): Promise<Source> {
  const versions = versionsOf(await imageTags(image, look, signal), image.tag, image.semver);
  const at = (version: string) => imageAt(image, versions.get(version) ?? "", look, signal);
  return {
    name: image.repository,
    versions,
    part: async (version) => ({ component: await at(version) }),
    async changed(version, { components }) {
      const published = components.find(({ name }) => name === image.name)?.sha256;
      const { sha256 } = await at(version);
      if (published === undefined || published === sha256) return undefined;
      return `its tag ${versions.get(version)} is sha256:${sha256.slice(0, 12)} now; ${version} was published with sha256:${published.slice(0, 12)} and stays so`;
    },
  };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
