import { isScalar, parse } from "yaml";
import type { Edited } from "./edited.ts";
import { nodeAt, readDocuments, scalarText } from "./find-node.ts";
import { parsePath } from "./value-path.ts";

/** What is never anything but text in YAML, wherever it stands, if it also reads as text. */
const plainPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._/@+-]|:(?=[A-Za-z0-9]))*$/;

/**
 * Sets one value of a YAML file in its place: every other byte stays as it was, comments and quotes too. The path must lead to a
 * value of exactly one of the file's documents.
 */
export function setInYaml(text: string, path: string, value: string): Edited {
  return set(text, path, value, (type) => {
    if (type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
    return type === "PLAIN" ? plainOrQuoted(value) : JSON.stringify(value);
  });
}

/** A text as YAML has it: quoted only where it could be read as something else. */
export function plainOrQuoted(value: string): string {
  return plainPattern.test(value) && parse(value) === value ? value : JSON.stringify(value);
}

/** The same for a JSON file. */
export function setInJson(text: string, path: string, value: string): Edited {
  const problem = jsonProblem(text);
  if (problem !== undefined) return { problem };
  const edited = set(text, path, value, () => JSON.stringify(value));
  const wrong = "text" in edited ? jsonProblem(edited.text) : undefined;
  return wrong === undefined ? edited : { problem: `${path} cannot be changed in its place` };
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
}

function set(text: string, path: string, value: string, write: (type: string | undefined) => string): Edited {
  const steps = parsePath(path);
  const documents = readDocuments(text);
  if (typeof documents === "string") return { problem: documents };
  if (steps === undefined) return { problem: `has no path ${path}` };
  const found = documents.flatMap((document) => nodeAt(document, steps) ?? []);
  const [node] = found;
  if (node === undefined) return { problem: `has nothing at ${path}` };
  if (found.length > 1) return { problem: `has ${path} in more than one of its documents` };
  if (scalarText(node) === value) return { text };
  const { range } = node;
  if (!isScalar(node) || range == null) return { problem: `has no single value at ${path}` };
  if (node.type?.startsWith("BLOCK")) return { problem: `has a block of text at ${path}: write it in one line` };
  const [start, end] = range;
  // What is left empty begins right behind the colon.
  const gap = start === end && text[start - 1] === ":" ? " " : "";
  const edited = text.slice(0, start) + gap + write(node.type ?? undefined) + text.slice(end);
  const again = readDocuments(edited);
  const now = typeof again === "string" ? [] : again.flatMap((document) => nodeAt(document, steps) ?? []);
  const isSet = now.length === 1 && scalarText(now[0]) === value;
  return isSet ? { text: edited } : { problem: `has a value at ${path} that cannot be changed in its place` };
}
