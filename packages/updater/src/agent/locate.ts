import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { type Document, isMap, isNode, isScalar, type LineCounter, type Node } from "yaml";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** One thing that is wrong in a YAML file, and where, counted from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Says what a schema found wrong in a YAML document, with the place in the file and, for an unknown key, the nearest known one. */
export function problemsOf(
  issues: readonly Issue[],
  document: Document.Parsed,
  lines: LineCounter,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys")
      return [at(nodeAt(document, issue.path), `${nameOf(issue.path)} ${lowerFirst(issue.message)}`, lines)];
    return issue.keys.map((key) => {
      const near = nearestNames(key, knownKeys(issue.path));
      const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
      return at(keyAt(document, issue.path, key), `${nameOf([...issue.path, key])} is not a known key${hint}`, lines);
    });
  });
}

function at(node: Node | undefined, message: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col), message };
}

/** The node at a path or, where it is missing, the nearest one around it. */
function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return document.contents ?? undefined;
}

function keyAt(document: Document.Parsed, path: readonly PropertyKey[], key: string): Node | undefined {
  const map = path.length === 0 ? document.contents : document.getIn([...path], true);
  const pair = isMap(map) ? map.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
  return isNode(pair?.key) ? pair.key : nodeAt(document, path);
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : path.map(String).join(".");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
