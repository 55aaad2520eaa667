import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { type Edited, editAll, isProblem } from "./edited.ts";
import { nodeAt, readDocuments, scalarText } from "./find-node.ts";
import { parseImageValue } from "./image-values.ts";
import { plainOrQuoted, setInYaml } from "./set-value.ts";

type Key = "newTag" | "digest";

/**
 * Sets an image in a `kustomization.yaml`, as `kustomize edit set image` does but in its place: the entry's tag and digest become
 * what is said, and one of which nothing is said goes. An image without an entry gets one.
 */
export function setKustomizeImage(text: string, name: string, value: string): Edited {
  const { tag, digest } = parseImageValue(value);
  const edited = editAll(text, [
    (now) => withEntry(now, name),
    (now) => withKey(now, name, "newTag", tag),
    (now) => withKey(now, name, "digest", digest),
  ]);
  if (isProblem(edited)) return edited;
  const is = entryOf(edited.text, name);
  const said = (key: Key) => scalarText(is?.get(key, true) as Node | undefined);
  const isSet = said("newTag") === tag && said("digest") === digest;
  return isSet ? edited : { problem: `has an image ${name} that cannot be changed in its place` };
}

function entryOf(text: string, name: string): YAMLMap | undefined {
  const documents = readDocuments(text);
  const [only] = typeof documents === "string" ? [] : documents;
  const node = only && nodeAt(only, ["images", { key: "name", value: name }]);
  return isMap(node) ? node : undefined;
}

/** An entry of the image, made where there is none. */
function withEntry(text: string, name: string): Edited {
  const documents = readDocuments(text);
  if (typeof documents === "string") return { problem: documents };
  const [document] = documents;
  if (document === undefined || documents.length > 1 || !isMap(document.contents))
    return { problem: "is no kustomization: it must be one YAML document with names and values" };
  if (entryOf(text, name) !== undefined) return { text };
  const images = nodeAt(document, ["images"]);
  const ended = text.endsWith("\n") ? text : `${text}\n`;
  if (images === undefined && !document.contents.flow) return { text: `${ended}images:\n  - name: ${name}\n` };
  const range = images?.range;
  if (!isSeq(images) || images.flow || range == null || images.items.length === 0)
    return { problem: "must have its images as a list, one to a line" };
  const indent = " ".repeat(columnOf(text, range[0]));
  const last = images.items.at(-1) as Node | undefined;
  const end = lineEnd(text, (last?.range?.[1] ?? range[1]) - 1);
  return { text: `${text.slice(0, end)}\n${indent}- name: ${name}${text.slice(end)}` };
}

/** The entry with a key set, put in below its name, or taken out where nothing is to be said. */
function withKey(text: string, name: string, key: Key, value: string | undefined): Edited {
  const entry = entryOf(text, name);
  const named = entry && placeOf(entry, "name");
  if (entry === undefined || named === undefined || entry.flow)
    return { problem: `must have the image ${name} written one key to a line` };
  const there = placeOf(entry, key);
  if (value !== undefined && there !== undefined) return setInYaml(text, `images[name=${name}].${key}`, value);
  if (value !== undefined) {
    const end = lineEnd(text, named.to);
    const indent = " ".repeat(columnOf(text, named.from));
    return { text: `${text.slice(0, end)}\n${indent}${key}: ${plainOrQuoted(value)}${text.slice(end)}` };
  }
  if (there === undefined) return { text };
  const start = text.lastIndexOf("\n", there.from) + 1;
  if (text.slice(start, there.from).trim() !== "")
    return { problem: `must have ${key} of the image ${name} in a line of its own` };
  return { text: text.slice(0, start) + text.slice(lineEnd(text, there.to) + 1) };
}

function placeOf(entry: YAMLMap, key: Key | "name"): { readonly from: number; readonly to: number } | undefined {
  const pair = entry.items.find((one) => isScalar(one.key) && one.key.value === key);
  const from = (pair?.key as Node | undefined)?.range?.[0];
  const to = (pair?.value as Node | undefined)?.range?.[1];
  return from === undefined || to === undefined ? undefined : { from, to };
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** The end of the line that an offset is in, before its line break. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}
