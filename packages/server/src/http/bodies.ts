import type { FastifyInstance } from "fastify";
import { ProblemError, problemOf } from "./problem.ts";

/** Reads bodies that are JSON or, for a pipeline, YAML. A JSON body that is empty is none: a reason may be left out. */
export function bodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else
      parseJson(request, body as string, (error, value) => {
        if (error === null && hasHalfCharacter(value)) done(new ProblemError(halfCharacter()), undefined);
        else done(error, value);
      });
  });
  app.addContentTypeParser(
    ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"],
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
}

/**
 * Whether a text in the value has half of a surrogate pair, which no UTF-8 can say, and so no canonical JSON (RFC 8785, 3.2.2.2).
 * `JSON.stringify` writes exactly those as escapes.
 */
function hasHalfCharacter(value: unknown): boolean {
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(value));
}

function halfCharacter() {
  return problemOf(
    "REQUEST_INVALID",
    "The body has half of a surrogate pair (\\ud800 to \\udfff) in a text; write the whole character.",
  );
}
