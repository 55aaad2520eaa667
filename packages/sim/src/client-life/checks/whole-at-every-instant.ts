import type { Found } from "../found.ts";
import type { CheckKind, Life } from "../life.ts";

/** What the updater writes beside what was released. */
const own = new Set([".sluice.json", ".sluice.files"]);
/** What the updater keeps, of which every file is there wholly or not at all. */
const kept = /^(?:holds\.json|choices\.json|alterations\.json|outbox\/\d+-.*\.json|versions\/[^/]+\/\.sluice\.json)$/;
const places = new Set(
  "versions current staging downloads backups journal.jsonl journal.jsonl.new .current.new outbox holds.json .holds.json.new choices.json .choices.json.new alterations.json .alterations.json.new found status.json status.json.new reserve".split(
    " ",
  ),
);

/** Whatever the power fails at: every version is whole, the one in use is there, and nothing stands where it does not belong. */
export const wholeAtEveryInstant: CheckKind = {
  guards:
    "power can fail at any instant: every version on the disk is whole, the one in use is there, and so is what was kept",
  create: (life) => ({ instant: (found) => notWhole(life, found), rest: (found) => notWhole(life, found) }),
};

function notWhole(life: Life, { root, versions, current }: Found): string | undefined {
  for (const name of root.names.keys()) if (!places.has(name)) return `${name} lies in the installation's folder`;
  for (const [version, files] of versions) {
    const wrong = differenceOf(life, version, files);
    if (wrong !== undefined) return `${version} is not whole: ${wrong}`;
  }
  if (current === null) return "what stands where the link to the version in use belongs is none";
  if (current !== undefined && !versions.has(current)) return `the version in use is ${current}, which is not there`;
  for (const [name, entry] of root.names)
    for (const [path, content] of entry.kind === "folder"
      ? filesIn(entry.names, name)
      : entry.kind === "file"
        ? [[name, entry.content] as const]
        : [])
      if (kept.test(path) && !isJson(content)) return `${path} is there in part`;
  return undefined;
}

function* filesIn(names: Found["root"]["names"], path: string): Iterable<readonly [string, Buffer]> {
  for (const [name, entry] of names)
    if (entry.kind === "file") yield [`${path}/${name}`, entry.content];
    else if (entry.kind === "folder" && (path === "outbox" || path === "versions"))
      yield* filesIn(entry.names, `${path}/${name}`);
}

function isJson(content: Buffer): boolean {
  try {
    JSON.parse(content.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

/** In what a version's folder is not what was released. */
function differenceOf({ server }: Life, version: string, files: ReadonlyMap<string, Buffer>): string | undefined {
  const release = server.of(version);
  if (release === undefined) return "it was never released";
  for (const name of own) if (!files.has(name)) return `${name} is not there`;
  for (const [path, content] of release.files)
    if (files.get(path)?.equals(content) !== true) return `${path} is not what was released`;
  const more = [...files.keys()].find((path) => !release.files.has(path) && !own.has(path));
  return more === undefined ? undefined : `${more} was never released`;
}
