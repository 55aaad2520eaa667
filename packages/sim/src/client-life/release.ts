import { sha256Hex } from "@sluice/core/log/digest.ts";
import { type Component, type Manifest, manifestDigest } from "@sluice/core/release/manifest.ts";
import type { Random } from "../fleet/random.ts";
import { type ArchiveEntry, archiveOf } from "./archive.ts";

export const app = "simulated";

/** What becomes of a release on this machine. */
const kinds = [
  "good",
  /** Healthy only when it was asked some times. */
  "slow",
  "unhealthy",
  /** The server sends other bytes than were signed; too many; none. */
  "damaged",
  "too-large",
  "missing",
  /** Its archive leads out of its folder, links, or names a file twice. */
  "escapes",
  "links",
  "twice",
] as const;
type Kind = (typeof kinds)[number];

/** A release as it was signed, and how the server sends it. */
export interface Release {
  readonly version: string;
  readonly kind: Kind;
  readonly manifest: Manifest;
  readonly digest: string;
  /** What a version's folder holds when it is whole: path → content. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Digest → what is sent for it. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** Whether a release works once it is installed. */
export const works = ({ kind }: Release): boolean => kind === "good" || kind === "slow";

const commonly: readonly Kind[] = ["good", "good", "good", "good", "slow", "unhealthy", "unhealthy", "unhealthy"];

/** Draws the next release. @param wanted what it has to be; absent: whatever comes */
export function drawRelease(random: Random, number: number, wanted?: Kind): Release {
  const drawn = random.chance(0.7) ? commonly[random.below(commonly.length)] : kinds[random.below(kinds.length)];
  const kind = wanted ?? drawn ?? "good";
  const version = `1.${number}.0`;
  const spoilt = kind === "escapes" || kind === "links" || kind === "twice";
  const program = contentOf(`${version}\n`, random);
  const files = new Map([["program", program]]);
  const components: Component[] = [componentOf("program", "file", program)];
  const blobs = new Map([[sha256Hex(program), sent(kind, program)]]);
  if (spoilt || random.chance(0.4)) {
    const pages = ["page.html", "style/page.css"].map((path) => ({
      path,
      content: contentOf(`${version} ${path}\n`, random),
    }));
    for (const { path, content } of pages) files.set(`web/${path}`, content);
    const archive = archiveOf([...pages, ...(spoilt ? [spoiler(kind, pages[0]?.content ?? program)] : [])]);
    components.push(componentOf("web", "folder", archive));
    blobs.set(sha256Hex(archive), archive);
  }
  const manifest: Manifest = { app, version, components };
  return { version, kind, manifest, digest: manifestDigest(manifest), files, blobs };
}

function contentOf(begin: string, random: Random): Buffer {
  return Buffer.from(begin.padEnd(begin.length + random.below(300), `${random.below(10)}`));
}

function componentOf(name: string, kind: "file" | "folder", content: Buffer): Component {
  return {
    name,
    kind,
    sha256: sha256Hex(content),
    size: content.length,
    ...(kind === "file" ? { executable: true } : {}),
  };
}

function sent(kind: Kind, content: Buffer): Buffer {
  if (kind === "damaged") return Buffer.concat([Buffer.from("?"), content.subarray(1)]);
  if (kind === "too-large") return Buffer.concat([content, Buffer.from("and more")]);
  return kind === "missing" ? Buffer.alloc(0) : content;
}

function spoiler(kind: Kind, content: Buffer): ArchiveEntry {
  if (kind === "links") return { path: "style/outside", content, link: "../../../.." };
  return { path: kind === "escapes" ? "../../../escaped" : "page.html", content };
}
