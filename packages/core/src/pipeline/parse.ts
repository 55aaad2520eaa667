import { type Document, isNode, LineCounter, type Node, parseDocument, visit, type YAMLError } from "yaml";
import type { z } from "zod";
import { type Pipeline, pipelineSchema } from "./schema.ts";

/** One thing that is wrong in a file, and where. Lines and columns count from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  /** Where in the structure: `stages[1].gates[0].soak`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Longest pipeline file, in characters. */
const maxLength = 1_000_000;

/** Reads a `sluice.yaml`. @returns the pipeline, or every problem found with its place. */
export function parsePipeline(text: string): { pipeline: Pipeline } | { problems: FileProblem[] } {
  const read = parseYaml(text, pipelineSchema);
  return "problems" in read ? read : { pipeline: read.value };
}

/** Reads YAML and checks it against a schema, so that a problem names its line and column. */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): { value: z.output<Schema> } | { problems: FileProblem[] } {
  if (text.length > maxLength)
    return { problems: [{ line: 1, column: 1, path: "", message: `the file is longer than ${maxLength} characters` }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const place = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0)
    return { problems: document.errors.map((e) => ({ ...place(e.pos[0]), path: "", message: yamlMessage(e) })) };
  const read = resolveAliases(document);
  if ("offset" in read) return { problems: [{ ...place(read.offset), path: "", message: read.message }] };
  const result = schema.safeParse(read.value);
  if (result.success) return { value: result.data };
  const problems = result.error.issues.flatMap(ofBestBranch).map((issue) => {
    const keys = issue.path.filter((key) => typeof key !== "symbol");
    // An unknown key is reported at its parent; point at the key itself.
    const at = issue.code === "unrecognized_keys" ? [...keys, issue.keys[0] ?? ""] : keys;
    return {
      ...place(offsetOf(document.contents, at, issue.code === "unrecognized_keys")),
      path: formatPath(keys),
      message: messageOf(issue),
    };
  });
  return { problems };
}

/** Where in a YAML file a part of its structure stands; the beginning where it is not there. Lines and columns count from 1. */
export function placeInFile(
  text: string,
  path: readonly (string | number)[],
): Pick<FileProblem, "line" | "column" | "path"> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const { line, col } = lines.linePos(offsetOf(document.contents, path, false) ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col), path: formatPath(path) };
}

function yamlMessage({ code, message }: YAMLError): string {
  return code === "MULTIPLE_DOCS" ? "the file must hold one document: a second one begins here" : message;
}

/** The document's plain value; or, of the first alias that leads nowhere or of one that is used too often, where and what. */
function resolveAliases(
  document: Document.Parsed,
): { value: unknown } | { offset: number | undefined; message: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let first: { offset: number | undefined; message: string } | undefined;
    visit(document, {
      Alias(_, alias) {
        const missing = alias.resolve(document) === undefined;
        if (missing)
          first = {
            offset: alias.range?.[0],
            message: `the alias *${alias.source} names nothing that comes before it`,
          };
        first ??= { offset: alias.range?.[0], message: "aliases may not stand for more than 100 values" };
        return missing ? visit.BREAK : undefined;
      },
    });
    return first ?? { offset: undefined, message: error.message };
  }
}

/** The offset of the deepest node on a path that exists; with `ofKey`, of the last key itself rather than its value. */
function offsetOf(root: Node | null, path: readonly (string | number)[], ofKey: boolean): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const [depth, key] of path.entries()) {
    const items: unknown = isNode(node) && "items" in node ? node.items : undefined;
    if (!Array.isArray(items)) break;
    const item: unknown = typeof key === "number" ? items[key] : items.find((pair) => pair?.key?.value === key);
    if (item === undefined || item === null) break;
    const pair = item as { key?: { range?: [number, number, number] }; value?: unknown };
    if (typeof key === "string") {
      offset = pair.key?.range?.[0] ?? offset;
      node = pair.value;
    } else {
      node = item;
    }
    if (ofKey && depth === path.length - 1) break;
    if (isNode(node) && node.range) offset = typeof key === "string" && "items" in node ? offset : node.range[0];
  }
  return offset;
}

/** Of a value that may take several forms, what is wrong with the form that was meant: the one whose outermost type fits. */
function ofBestBranch(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const fitting = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  const [best] = (fitting.length > 0 ? fitting : issue.errors).toSorted((a, b) => a.length - b.length);
  if (best === undefined) return [issue];
  return best.flatMap((inner) => ofBestBranch({ ...inner, path: [...issue.path, ...inner.path] }));
}

function formatPath(path: readonly (string | number)[]): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `unknown ${issue.keys.length === 1 ? "key" : "keys"} ${issue.keys.map((key) => `"${key}"`).join(", ")}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_type":
      if (!issue.message.startsWith("Invalid input")) return issue.message;
      return issue.message.includes("received undefined")
        ? `is missing; expected ${issue.expected}`
        : `must be ${article(issue.expected)}`;
    default:
      return issue.message;
  }
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}
