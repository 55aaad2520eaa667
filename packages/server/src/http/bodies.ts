import type { FastifyInstance } from "fastify";

/** Reads bodies that are JSON or, for a pipeline, YAML. A JSON body that is empty is none: a reason may be left out. */
export function bodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else parseJson(request, body as string, done);
  });
  app.addContentTypeParser(
    ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"],
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
}
