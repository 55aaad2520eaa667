import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestIssuer } from "@sluice/server/oidc/testing/issuer.ts";
import { expect, onTestFinished, test } from "vitest";
import { openServedDesk, pipelineText } from "./harness.ts";

const audience = "https://sluice.example.com";

test("a build in GitHub Actions, or with a token of its CI, publishes without a secret of its own", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-exchange-"));
  const issuer = await new TestIssuer().start();
  const claims = { repository: "acme/myapp" };
  const rules = [{ when: claims, role: "publisher", apps: ["myapp"] }];
  const oidcFile = join(folder, "oidc.yaml");
  await writeFile(oidcFile, JSON.stringify({ issuers: [{ issuer: issuer.url, audience, rules }] }));
  const desk = await openServedDesk({ oidcFile });
  // As GitHub's service, which gives an identity to whoever has the job's right to ask.
  const github = createServer(async (request, answer) => {
    const url = new URL(request.url ?? "/", "http://it");
    const allowed =
      request.headers.authorization === "Bearer the-right" && url.searchParams.get("audience") === audience;
    answer.writeHead(allowed ? 200 : 403, { "content-type": "application/json" });
    answer.end(JSON.stringify(allowed ? { value: await issuer.identity(claims) } : {}));
  }).listen(0, "127.0.0.1");
  await once(github, "listening");
  onTestFinished(async () => {
    github.closeAllConnections();
    github.close();
    issuer.stop();
    await desk.clear();
    await rm(folder, { recursive: true });
  });
  await desk.file("sluice.yaml", pipelineText());
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await desk.file("app", "one");
  const address = `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2.0`;
  const build = {
    SLUICE_TOKEN: "",
    ACTIONS_ID_TOKEN_REQUEST_URL: address,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-right",
  };
  const exchange = (env: Record<string, string>, ...more: string[]) =>
    desk.sluice(["token", "exchange", ...more], { env });

  const exchanged = await exchange(build, "--audience", audience);
  expect(exchanged).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^ci-repo-acme-.*: publisher of myapp, until/),
  });
  const env = { SLUICE_TOKEN: exchanged.out.trim() };
  expect(await desk.sluice(["publish", "1.0.0", "--component", "app=app"], { env })).toMatchObject({ code: 0 });
  expect(await desk.sluice(["token", "list"], { env })).toMatchObject({ code: 3 });
  expect((await desk.sluice(["token", "list"])).out).toMatch(/ci-repo-acme-\S+ +publisher +myapp/);

  const gitlab = await issuer.identity(claims);
  expect(await exchange({ SLUICE_TOKEN: "", SLUICE_ID_TOKEN: gitlab })).toMatchObject({ code: 0 });
  await desk.file("identity", gitlab);
  const again = await exchange({ SLUICE_TOKEN: "" }, "--identity", "identity");
  expect(again).toMatchObject({ code: 3, err: expect.stringMatching(/works once/) });
  expect(await exchange(build)).toMatchObject({ code: 2, err: expect.stringMatching(/--audience/) });
  expect(await exchange({ SLUICE_TOKEN: "" })).toMatchObject({
    code: 2,
    err: expect.stringMatching(/id-token: write/),
  });
});
