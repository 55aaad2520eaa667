import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
});
afterAll(() => sluice.close());

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, unknown>;
}

/** Every `$ref` anywhere in a document. */
function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" ? [String(inner)] : references(inner)));
}

test("the description is OpenAPI 3.1, whole and without dangling ends", async () => {
  const { body } = await sluice.call("GET", "/api/v1/openapi.json", { token: null });
  expect(body.openapi).toBe("3.1.0");
  const { schemas } = body.components as { schemas: Record<string, unknown> };
  const used = new Set(references(body).map((reference) => reference.replace("#/components/schemas/", "")));
  expect([...used].sort()).toEqual(Object.keys(schemas).sort());
  expect(used).toContain("Problem");
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Operation>>))
    for (const [method, { summary, parameters = [], responses }] of Object.entries(methods)) {
      expect(summary, `${method} ${path}`).toBeDefined();
      expect(Object.keys(responses).length, `${method} ${path}`).toBeGreaterThan(0);
      const inPath = parameters.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name);
      expect(inPath.sort(), `${method} ${path}`).toEqual(
        [...path.matchAll(/\{(.+?)\}/g)].map(([, name]) => name).sort(),
      );
    }
});

test("the headers of a check and the body of a publication are described", async () => {
  const { body } = await sluice.call("GET", "/api/v1/openapi.json", { token: null });
  const paths = body.paths as Record<string, Record<string, Operation & { requestBody?: object }>>;
  const names = paths["/api/v1/updates/check"]?.get?.parameters?.map((parameter) => parameter.name);
  expect(names).toEqual(expect.arrayContaining(["x-app", "x-channel", "x-client-id", "x-current-version"]));
  expect(JSON.stringify(paths["/api/v1/apps/{app}/releases"]?.post?.requestBody)).toContain("minimumVersion");
  expect(JSON.stringify(paths["/api/v1/apps/{app}/pipeline"]?.put?.requestBody)).toContain("application/yaml");
});
