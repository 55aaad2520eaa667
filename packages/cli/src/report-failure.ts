import { rejectionCodes } from "@sluice/core/errors/codes.ts";
import type { Failure, FailureDetails } from "./failure.ts";
import type { Io } from "./io.ts";
import { createStyle } from "./output/style.ts";
import { printable } from "./output/text.ts";

/** Writes a failure to standard error: for people, or with `json` as a problem document (RFC 9457). */
export function reportFailure(failure: Failure, options: { readonly json: boolean; readonly io: Io }): void {
  const { stderr, env } = options.io;
  stderr.write(options.json ? `${JSON.stringify(problemOf(failure))}\n` : humanText(failure, createStyle(stderr, env)));
}

function problemOf({ exitCode, code, message, details }: Failure): object {
  const { hint, nearest, problems, file } = details;
  return {
    type: `/problems/${code}`,
    title: (rejectionCodes as Readonly<Record<string, string>>)[code] ?? message,
    detail: message,
    code,
    exitCode,
    ...(hint === undefined ? {} : { hint }),
    ...(nearest === undefined ? {} : { nearest }),
    ...(file === undefined ? {} : { file }),
    ...(problems === undefined ? {} : { problems }),
  };
}

const indent = " ".repeat("sluice: ".length);

function humanText(failure: Failure, style: ReturnType<typeof createStyle>): string {
  const { hint, nearest = [], problems = [] } = failure.details;
  const lines = [
    ...problems.map((problem) => fileLine(problem, failure.details)),
    `${style.red("sluice:")} ${printable(failure.message).replaceAll("\n", `\n${indent}`)}`,
    ...(nearest.length === 0 ? [] : [`${indent}Did you mean ${alternatives(nearest)}?`]),
    ...(hint === undefined ? [] : [`${indent}${printable(hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The form that editors and CI understand: `FILE:LINE:COLUMN: PATH: MESSAGE`. */
function fileLine(
  { line, column, path, message }: NonNullable<FailureDetails["problems"]>[number],
  { file }: FailureDetails,
): string {
  return printable(`${file ?? "file"}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`);
}

function alternatives(names: readonly string[]): string {
  const all = names.map(printable);
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}
