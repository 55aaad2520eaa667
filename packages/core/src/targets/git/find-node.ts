import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, parseAllDocuments } from "yaml";
import type { Step } from "./value-path.ts";

/** Reads a file that may hold several YAML documents. @returns them, or what is wrong with it and where */
export function readDocuments(text: string): Document.Parsed[] | string {
  const documents = parseAllDocuments(text, { logLevel: "error", uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  const [error] = documents.flatMap((document) => document.errors);
  return error === undefined ? documents : `is no YAML that can be read: ${error.message.split("\n")[0]}`;
}

/** What stands at a path of a document; undefined: nothing does. */
export function nodeAt(document: Document.Parsed, path: readonly Step[]): Node | undefined {
  let node: Node | null | undefined = document.contents as ParsedNode | null;
  for (const step of path) {
    const next: Node | undefined = typeof step === "string" ? childOf(node, step) : elementOf(node, step);
    if (next === undefined) return undefined;
    node = next;
  }
  return node ?? undefined;
}

function childOf(node: Node | null | undefined, name: string): Node | undefined {
  if (isMap<Node, Node | null>(node))
    return node.items.find(({ key }) => isScalar(key) && String(key.value) === name)?.value ?? undefined;
  return isSeq<Node>(node) && /^\d{1,6}$/.test(name) ? node.items[Number(name)] : undefined;
}

/** The only element of a list that has a key with that value. */
function elementOf(node: Node | null | undefined, { key, value }: Exclude<Step, string>): Node | undefined {
  if (!isSeq<Node>(node)) return undefined;
  const found = node.items.filter((item) => scalarText(childOf(item, key)) === value);
  return found.length === 1 ? found[0] : undefined;
}

/** What a node says where it is a single value, as it is written. */
export function scalarText(node: Node | null | undefined): string | undefined {
  if (!isScalar(node) || isAlias(node)) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}
