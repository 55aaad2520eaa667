import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";

const zodToJsonConfig = { target: "draft-2020-12", unrepresentable: "any" } as const;
const toObject = createJsonSchemaTransformObject({ zodToJsonConfig });

/** Describes the API in OpenAPI 3.1, from the very schemas that requests are checked with. Comes before the routes. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  app.addHook("onRoute", (route) => {
    const access = route.config?.access;
    if (access === undefined) return;
    const permission = access === "public" ? { security: [] } : { "x-permission": access };
    route.schema = { ...route.schema, ...permission };
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Sluice", version, description: "Moves software releases stage by stage" },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: (document) => {
      const described = toObject(document);
      if ("components" in described) removeUnused(described.components?.schemas ?? {}, JSON.stringify(described));
      return described;
    },
  });
}

/** Every named schema comes in two forms, as it is sent and as it is taken; most are used in one. */
function removeUnused(schemas: Record<string, unknown>, text: string): void {
  for (const name of Object.keys(schemas)) if (!text.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
}
