import { z } from "zod";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

/** The API's description, made from the schemas that requests are checked with. */
export function openApiRoutes(app: App): void {
  app.get(
    "/api/v1/openapi.json",
    {
      config: { access: "public" },
      schema: {
        summary: "This description of the API",
        response: { 200: z.record(z.string(), z.unknown()), ...refusals },
      },
    },
    async () => ({ ...app.swagger() }),
  );
}
