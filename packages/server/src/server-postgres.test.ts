import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";
import { type TestServer as Postgres, startTestServer as startPostgres } from "./log/postgres/test-server.ts";

let postgres: Postgres;
let first: TestServer;
let second: TestServer;

beforeAll(async () => {
  postgres = await startPostgres();
  const databaseUrl = await postgres.newSchema();
  first = await startTestServer({ databaseUrl });
  second = await startTestServer({ databaseUrl });
});
afterAll(async () => {
  await second?.close();
  await postgres?.stop();
});

test("two servers on one database have one state, one admin, and one that leads; the other takes over", async () => {
  expect(second.server.adminToken).toBeUndefined();
  const token = first.adminToken;
  await first.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
  await first.publish("shop", "1.0.0");
  const liveOnSecond = async () => {
    const { body } = await second.call("GET", "/api/v1/apps", { token });
    return (body.apps as { live: Record<string, string> }[])[0]?.live.dev;
  };
  await second.until("the second has what the first did", async () => (await liveOnSecond()) === "1.0.0");
  const controller = async (node: TestServer) => {
    const { body } = await node.call("GET", "/health/ready", { token: null });
    return (body.checks as Record<string, string>).controller;
  };
  expect([await controller(first), await controller(second)]).toEqual(["leads", "stands by"]);
  await first.close();
  await second.until("the second leads", async () => (await controller(second)) === "leads");
  await second.call("PUT", "/api/v1/apps/shop/pipeline", { token, body: pipelineOf("shop", { dev: "", beta: "" }) });
  await second.until("what is due happens", async () => {
    const { body } = await second.call("GET", "/api/v1/apps", { token });
    return (body.apps as { live: Record<string, string> }[])[0]?.live.beta === "1.0.0";
  });
});
