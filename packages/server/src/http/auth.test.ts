import { allows, type Permission, type Role, roles } from "@sluice/core/access/roles.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "./test-server.ts";

/** What the API lets whom do: written down once more, so that a route cannot be opened by mistake. */
const expected: readonly (readonly [method: string, path: string, access: Permission | "public"])[] = [
  ["get", "/", "public"],
  ["get", "/api/v1/apps", "read"],
  ["put", "/api/v1/apps/{app}/pipeline", "configure"],
  ["get", "/api/v1/apps/{app}/pipeline", "read"],
  ["post", "/api/v1/apps/{app}/pipeline/dry-run", "read"],
  ["get", "/api/v1/pipeline.schema.json", "public"],
  ["post", "/api/v1/apps/{app}/releases", "publish"],
  ["get", "/api/v1/apps/{app}/releases", "read"],
  ["get", "/api/v1/apps/{app}/releases/{version}", "read"],
  ["post", "/api/v1/apps/{app}/releases/{version}/withdraw", "operate"],
  ["post", "/api/v1/apps/{app}/artifacts/{sha256}/withdraw", "operate"],
  ["post", "/api/v1/artifacts/{sha256}/withdraw", "administer"],
  ["put", "/api/v1/policies", "administer"],
  ["get", "/api/v1/policies", "read"],
  ["get", "/api/v1/policies/{name}", "read"],
  ["post", "/api/v1/policies/{name}/remove", "administer"],
  ["put", "/api/v1/blobs/{sha256}", "publish"],
  ["head", "/api/v1/blobs/{sha256}", "download"],
  ["get", "/api/v1/blobs/{sha256}", "download"],
  ["get", "/api/v1/apps/{app}/status", "read"],
  ["get", "/api/v1/apps/{app}/why/{version}/{stage}", "read"],
  ["get", "/api/v1/apps/{app}/why/{version}/{stage}/clients/{client}", "read"],
  ["get", "/api/v1/apps/{app}/history", "read"],
  ["get", "/api/v1/apps/{app}/events", "read"],
  ["post", "/api/v1/apps/{app}/promotions", "operate"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/approvals", "approve"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/pause", "operate"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/resume", "operate"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/halt", "operate"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/recall", "operate"],
  ["post", "/api/v1/apps/{app}/promotions/{id}/abort", "operate"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/rollback", "operate"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/rollback-requests", "ask-rollback"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/rollback-requests/{id}/approve", "approve"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/rollback-requests/{id}/reject", "ask-rollback"],
  ["post", "/api/v1/apps/{app}/freeze", "operate"],
  ["post", "/api/v1/apps/{app}/thaw", "operate"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/freeze", "operate"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/thaw", "operate"],
  ["post", "/api/v1/apps/{app}/stages/{stage}/resume", "operate"],
  ["post", "/api/v1/apps/{app}/drift", "operate"],
  ["post", "/api/v1/apps/{app}/hooks/github", "administer"],
  ["get", "/api/v1/apps/{app}/hooks", "read"],
  ["delete", "/api/v1/apps/{app}/hooks/{id}", "administer"],
  ["post", "/api/v1/hooks/github", "public"],
  ["post", "/api/v1/hooks/alertmanager", "alert"],
  ["post", "/api/v1/apps/{app}/checks", "attest"],
  ["get", "/api/v1/apps/{app}/incidents", "read"],
  ["get", "/api/v1/apps/{app}/incidents/{id}", "read"],
  ["get", "/api/v1/apps/{app}/issues", "read"],
  ["post", "/api/v1/apps/{app}/issues", "operate"],
  ["post", "/api/v1/apps/{app}/issues/{id}/resolve", "operate"],
  ["get", "/api/v1/apps/{app}/measurements", "read"],
  ["get", "/api/v1/apps/{app}/reports", "read"],
  ["get", "/api/v1/apps/{app}/clients", "read"],
  ["post", "/api/v1/identity", "public"],
  ["get", "/api/v1/tokens", "administer"],
  ["post", "/api/v1/tokens", "administer"],
  ["delete", "/api/v1/tokens/{name}", "administer"],
  ["get", "/api/v1/server/events", "administer"],
  ["get", "/api/v1/updates/check", "public"],
  ["post", "/api/v1/updates/status", "report"],
  ["get", "/feeds/{app}/{*}", "public"],
  ["get", "/feeds/{app}/blobs/{sha256}", "public"],
  ["get", "/health/live", "public"],
  ["get", "/health/ready", "public"],
  ["get", "/metrics", "read"],
  ["get", "/api/v1/openapi.json", "public"],
];

let sluice: TestServer;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  sluice = await startTestServer();
  for (const role of roles) tokens.set(role, await sluice.token(role));
});
afterAll(() => sluice.close());

/** A request that gets as far as the permission, and changes nothing when it is let through. */
function addressOf(path: string): string {
  const values: Record<string, string> = {
    app: "nothing",
    version: "1.0.0",
    stage: "dev",
    sha256: "0".repeat(64),
    id: "dev-1",
    name: "nobody",
  };
  return path.replaceAll(/\{(\W|\w+)\}/g, (_, name: string) => values[name] ?? "x");
}

test("who may do what is what was written down, for every route that is described", async () => {
  const { paths } = (await sluice.call("GET", "/api/v1/openapi.json", { token: null })).body as {
    paths: Record<string, Record<string, { "x-permission"?: string; security?: unknown }>>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, "x-permission": permission }]) =>
      [method, path, security === undefined ? permission : "public"].join(" "),
    ),
  );
  const known = expected.filter(([, path]) => path !== "/").map((row) => row.join(" "));
  expect(described.sort()).toEqual(known.sort());
});

test("every role is let in exactly where its permissions allow it, and nobody without a token but where it is public", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...expected),
      fc.constantFrom(...roles, null),
      async ([method, path, access], role) => {
        const token = role === null ? null : (tokens.get(role) ?? "");
        const { status } = await sluice.call(method.toUpperCase(), addressOf(path), { token });
        if (access === "public") expect(status).not.toSatisfy(isRefusal);
        else if (role === null) expect(status).toBe(401);
        else if (allows(role, access)) expect(status).not.toSatisfy(isRefusal);
        else expect(status).toBe(403);
      },
    ),
    { numRuns: 300 },
  );
});

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

test.each(["Bearer", "Bearer wrong", "Basic YWRtaW46YWRtaW4=", "Bearer sluice_ x", `Bearer ${"x".repeat(300)}`])(
  "%s is no valid token",
  async (authorization) => {
    const { status, headers, body } = await sluice.call("GET", "/api/v1/apps", {
      token: null,
      headers: { authorization },
    });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toMatch(/^Bearer /);
    expect(body.code).toBe("UNAUTHENTICATED");
  },
);

test("a token that is limited to a stage does nothing to others", async () => {
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "", beta: "" }) });
  await sluice.publish("shop", "1.0.0");
  const limited = async (role: Role, method: string, path: string, body: object) => {
    const token = await sluice.token(role, { stages: ["beta"] });
    return (await sluice.call(method, `/api/v1/apps/shop/${path}`, { token, body })).status;
  };
  expect(await limited("operator", "POST", "stages/dev/rollback", { reason: "x" })).toBe(403);
  expect(await limited("operator", "POST", "stages/beta/rollback", { reason: "x" })).not.toBe(403);
  expect(await limited("operator", "POST", "promotions", { version: "1.0.0", stage: "dev" })).toBe(403);
  expect(await limited("operator", "POST", "promotions/dev-1/abort", {})).toBe(403);
  expect(await limited("operator", "POST", "releases/1.0.0/withdraw", { reason: "x" })).toBe(403);
  const { id } = (await sluice.call("POST", "/api/v1/apps/shop/issues", { body: { version: "1.0.0", title: "x" } }))
    .body;
  expect(await limited("operator", "POST", `issues/${id}/resolve`, {})).toBe(403);
  expect(
    await limited("publisher", "POST", "releases", { version: "2.0.0", components: [await sluice.component("x")] }),
  ).toBe(403);
  expect(await limited("admin", "PUT", "pipeline", { source: pipelineOf("shop", { dev: "" }) })).toBe(403);
  const token = await sluice.token("admin", { stages: ["beta"] });
  expect((await sluice.call("POST", "/api/v1/tokens", { token, body: { name: "more", role: "admin" } })).status).toBe(
    403,
  );
});

test("an address that sends many invalid tokens is told to wait, and a valid one is still let in", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++)
    statuses.push((await sluice.call("GET", "/api/v1/apps", { token: `guess-${i}` })).status);
  expect(statuses.at(-1)).toBe(429);
  const { headers } = await sluice.call("GET", "/api/v1/apps", { token: "guess" });
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await sluice.call("GET", "/api/v1/apps")).status).toBe(200);
});
