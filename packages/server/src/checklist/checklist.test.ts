import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTestServer } from "../http/test-server.ts";

test("a request and a program answer a checklist, with what they found, and the release enters", async () => {
  const price = createServer((request, response) =>
    response.end(request.headers["x-key"] === "hush" ? "price: 7" : "who are you?"),
  );
  await new Promise<void>((resolve) => price.listen(0, "127.0.0.1", resolve));
  const commandsDir = await mkdtemp(join(tmpdir(), "sluice-commands-"));
  await writeFile(join(commandsDir, "smoke.sh"), '#!/bin/sh\necho "smoke of $SLUICE_VERSION in $SLUICE_STAGE"\n');
  await chmod(join(commandsDir, "smoke.sh"), 0o755);
  const sluice = await startTestServer({ commandsDir, secrets: (name) => (name === "KEY" ? "hush" : undefined) });
  try {
    const url = `http://127.0.0.1:${(price.address() as AddressInfo).port}/`;
    const http = `{ url: "${url}", contains: "price:", max-latency: 9s, headers: { x-key: "\${secret:KEY}" } }`;
    const items = `[{ id: price, title: Prices come, http: ${http} }, { id: smoke, title: No smoke, command: { run: [smoke.sh] } }]`;
    const body = `apiVersion: sluice/v1
app: shop
stages:
  - name: dev
  - name: beta
    gates:
      - checklist: ${items}
`;
    expect((await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body })).status).toBe(200);
    await sluice.publish("shop", "1.0.0");
    await sluice.until("it is live in beta", async () => {
      const { body: why } = await sluice.call("GET", "/api/v1/apps/shop/why/1.0.0/beta");
      return why.standing === "live";
    });
    const { text } = await sluice.call("GET", "/api/v1/apps/shop/events?limit=500");
    expect(text).toContain("smoke of 1.0.0 in beta");
    expect(text).toMatch(/"item":"price".*"result":"pass","reason":"answered 200 in \d+ ms"/);
    expect(text).not.toContain("hush");
  } finally {
    await sluice.close();
    price.close();
    await rm(commandsDir, { recursive: true });
  }
});
