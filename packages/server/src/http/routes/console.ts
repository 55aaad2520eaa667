import { z } from "zod";
import type { HttpContext } from "../context.ts";
import { isNotModified } from "../not-modified.ts";
import { problemError } from "../problem.ts";
import { readStaticFiles } from "../static-files.ts";
import type { App } from "./route.ts";

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sluice</title>
<h1>Sluice is running</h1>
<p>The console has not been built. Build it, then start the server again: <code>npm run build</code></p>
<p>The API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</html>
`;

/** The web console, as it was built when the server started. */
export async function consoleRoutes(app: App, { consoleDir }: HttpContext): Promise<void> {
  const files = await readStaticFiles(consoleDir);
  app.get("/", { config: { access: "public" }, schema: { hide: true } }, async (request, reply) => {
    const index = files.get("index.html");
    if (index === undefined)
      return reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(notBuilt);
    reply.headers({ etag: index.etag, "cache-control": "no-cache" }).type(index.type);
    return isNotModified(request.headers["if-none-match"] ?? "", index.etag)
      ? reply.code(304).send()
      : reply.send(index.body);
  });

  app.get(
    "/*",
    { config: { access: "public" }, schema: { hide: true, params: z.object({ "*": z.string() }) } },
    async (request, reply) => {
      const path = request.params["*"];
      const file = files.get(path);
      if (file === undefined) throw problemError("ROUTE_NOT_FOUND", `There is no ${request.method} /${path}.`);
      // What Vite puts there has a hash of its content in its name.
      const caching = path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
      reply.headers({ etag: file.etag, "cache-control": caching }).type(file.type);
      return isNotModified(request.headers["if-none-match"] ?? "", file.etag)
        ? reply.code(304).send()
        : reply.send(file.body);
    },
  );
}
