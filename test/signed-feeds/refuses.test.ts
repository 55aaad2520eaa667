import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { feedPath, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { manifestBytes, manifestDigest } from "@sluice/core/release/manifest.ts";
import { readCommitted } from "@sluice/server/feeds/committed.ts";
import { openRoleKeys } from "@sluice/server/feeds/keys.ts";
import { makeTimestamp } from "@sluice/server/feeds/metadata.ts";
import { feedFile } from "@sluice/server/feeds/serve.ts";
import type { UpdaterError } from "@sluice/updater/errors.ts";
import { describe, expect, test } from "vitest";
import { dayMs, type FeedServer, openClient, serveFeeds, setClock, setUp, temporaryFolder } from "./fixture.ts";
import { feedOf, manifestOf, openApp, targetsOf } from "./fixture-data.ts";

const digest = manifestDigest(manifestOf("1.0.0"));

async function failureOf(promise: Promise<unknown>): Promise<UpdaterError> {
  return promise.then(
    () => expect.unreachable("it was accepted"),
    (error) => error,
  );
}

/** Changes one byte in the middle of the files that match. */
function flipByteIn(server: FeedServer, pattern: RegExp): void {
  server.intercept = async (path, response) => {
    const file = pattern.test(path) ? await feedFile(server.repository, path) : undefined;
    if (file === undefined) return false;
    const bytes = Buffer.from(file.body);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    response.end(bytes);
    return true;
  };
}

async function contentOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")])),
  );
}

describe("a byte was flipped", () => {
  test.each(["timestamp.json", "2.snapshot.json", "2.targets.json"])("in %s", async (name) => {
    const { client, server } = await setUp(["1.0.0"]);
    flipByteIn(server, new RegExp(`metadata/${name}`));
    expect((await failureOf(client.refresh())).code).toBe("UNTRUSTED");
    expect((await failureOf(client.feed("stable"))).code).toBe("UNTRUSTED");
    server.intercept = () => false;
    expect(await client.feed("stable")).toEqual(feedOf(["1.0.0"]));
  });

  test("in a newer root", async () => {
    const clock = setClock(Date.now() - 200 * dayMs);
    const { client, server, repository } = await setUp(["1.0.0"], clock);
    clock.at = Date.now();
    await repository.renewIfDue();
    flipByteIn(server, /2\.root\.json/);
    expect((await failureOf(client.refresh())).code).toBe("UNTRUSTED");
    server.intercept = () => false;
    await client.refresh();
  });

  test("in the feed", async () => {
    const { client, server } = await setUp(["1.0.0"]);
    flipByteIn(server, /targets\/channels/);
    expect(await failureOf(client.feed("stable"))).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/was changed after it was signed/),
    });
  });

  test("in the manifest", async () => {
    const { client, server } = await setUp(["1.0.0"]);
    flipByteIn(server, /targets\/releases/);
    expect(await failureOf(client.manifest("1.0.0", digest))).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/was changed after it was signed/),
    });
  });
});

describe("old metadata", () => {
  test("served again is a rollback, and the folder keeps what it had", async () => {
    const { client, server, repository } = await setUp(["1.0.0"]);
    const old = await repository.read("metadata/timestamp.json");
    await repository.publish(targetsOf(["1.0.0", "1.1.0"]));
    await client.refresh();
    const before = await contentOf(client.folder);
    server.intercept = (path, response) => path === "metadata/timestamp.json" && Boolean(response.end(old));
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/was rolled back/),
    });
    expect(await contentOf(client.folder)).toEqual(before);
  });

  test("is a rollback also after a refresh that was broken off behind the timestamp", async () => {
    const { client, server, repository } = await setUp(["1.0.0"]);
    const old = await repository.read("metadata/timestamp.json");
    await client.refresh();
    await repository.publish(targetsOf(["1.0.0", "1.1.0"]));
    server.intercept = (path, response) => /snapshot/.test(path) && Boolean(response.destroy());
    expect((await failureOf(client.refresh())).code).toBe("SERVER_UNREACHABLE");
    server.intercept = (path, response) => path === "metadata/timestamp.json" && Boolean(response.end(old));
    expect((await failureOf(client.refresh())).message).toMatch(/was rolled back/);
  });

  test("that has expired is refused", async () => {
    const { client } = await setUp(["1.0.0"], setClock(Date.now() - 1.1 * dayMs));
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/has expired.*clock/),
    });
  });

  test("that has expired is refused also below a fresh timestamp", async () => {
    const { data, client, server } = await setUp(["1.0.0"], setClock(Date.now() - 8 * dayMs));
    const keys = await openRoleKeys({ folder: join(data, "keys"), app: "myapp" });
    const folder = join(data, "feeds", "myapp", "metadata");
    const { snapshot } = await readCommitted({ app: "myapp", folder, keys });
    if (snapshot === undefined) return expect.unreachable("nothing was published");
    const timestamp = makeTimestamp(9, snapshot, keys, Date.now());
    server.intercept = (path, response) => /timestamp/.test(path) && Boolean(response.end(timestamp.bytes));
    expect((await failureOf(client.refresh())).message).toMatch(/has expired.*snapshot\.json/);
  });
});

describe("another's signature", () => {
  test("of another application of the same server", async () => {
    const { data, client, server, clock } = await setUp(["1.0.0"]);
    const other = await openApp(data, "other", clock);
    await other.publish(targetsOf(["9.0.0"], "myapp"));
    server.repository = other;
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/not signed with the keys that this client trusts/),
    });
  });

  test("of an application of the same name with other keys", async () => {
    const { client, server, clock } = await setUp(["1.0.0"]);
    await client.refresh();
    const stranger = await openApp(await temporaryFolder(), "myapp", clock);
    for (const versions of [["6.6.6"], ["6.6.7"], ["6.6.8"]]) await stranger.publish(targetsOf(versions));
    server.repository = stranger;
    expect((await failureOf(client.refresh())).code).toBe("UNTRUSTED");
  });

  test("under the right key, but for another application or channel", async () => {
    const { client, repository } = await setUp(["1.0.0"]);
    await repository.publish(new Map([[feedPath("stable"), canonicalJson(feedOf([], "other"))]]));
    expect(await failureOf(client.feed("stable"))).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/application is other where myapp was asked for/),
    });
    await repository.publish(new Map([[feedPath("stable"), canonicalJson(feedOf([], "myapp", "beta"))]]));
    await client.refresh();
    expect((await failureOf(client.feed("stable"))).message).toMatch(/channel is beta where stable was asked for/);
  });

  test("under the right key, but for another version or with another digest", async () => {
    const { client, repository } = await setUp(["1.0.0"]);
    await repository.publish(new Map([[manifestPath("1.0.0"), manifestBytes(manifestOf("1.0.1"))]]));
    expect((await failureOf(client.manifest("1.0.0", digest))).message).toMatch(/version is 1\.0\.1/);
    await repository.publish(new Map([[manifestPath("1.0.0"), manifestBytes(manifestOf("1.0.0"))]]));
    await client.refresh();
    expect((await failureOf(client.manifest("1.0.0", "c".repeat(64)))).message).toMatch(/digest is/);
  });

  test("under the right key, but of a form that nobody knows", async () => {
    const { client, repository } = await setUp(["1.0.0"]);
    await repository.publish(new Map([[feedPath("stable"), `{"app":"myapp"}`]]));
    expect((await failureOf(client.feed("stable"))).message).toMatch(/not of a form that this updater knows/);
    await repository.publish(new Map([[feedPath("stable"), "{"]]));
    await client.refresh();
    expect((await failureOf(client.feed("stable"))).message).toMatch(/is not JSON/);
  });
});

describe("a hostile or broken server", () => {
  test.each([/timestamp/, /targets\/channels/])("sends an endless body for %s", async (pattern) => {
    const { client, server } = await setUp(["1.0.0"]);
    let written = 0;
    server.intercept = (path, response) => {
      if (!pattern.test(path)) return false;
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32))) written += 65_536;
      };
      response.on("drain", more);
      more();
      return true;
    };
    expect(await failureOf(client.feed("stable"))).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/sends more than the \d+ bytes/),
    });
    expect(written).toBeLessThan(50_000_000);
  });

  test("sends drop by drop", async () => {
    const { server, repository } = await setUp(["1.0.0"]);
    const client = await openClient(server, repository.rootJson(), { timeoutMs: 300 });
    server.intercept = (path, response) => {
      if (!/timestamp/.test(path)) return false;
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
      return true;
    };
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringMatching(/no whole answer within 300 ms/),
    });
  });

  test("sends the client elsewhere", async () => {
    const { client, server, repository } = await setUp(["1.0.0"]);
    const elsewhere = await serveFeeds(repository, "myapp");
    server.intercept = (path, response) =>
      Boolean(response.writeHead(302, { location: `${elsewhere.url}/${path}` }).end());
    expect((await failureOf(client.refresh())).message).toMatch(/HTTP status 302/);
    expect(elsewhere.asked).toEqual([]);
  });

  test("is not there, or has nothing", async () => {
    const { client, server } = await setUp(["1.0.0"]);
    server.intercept = (_path, response) => Boolean(response.writeHead(404).end());
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringMatching(/HTTP status 404: is this the address/),
    });
    server.intercept = (_path, response) => Boolean(response.destroy());
    expect((await failureOf(client.refresh())).code).toBe("SERVER_UNREACHABLE");
  });

  test("asks to be left alone for a while", async () => {
    for (const asked of [/timestamp/, /^targets\//]) {
      const { client, server } = await setUp(["1.0.0"]);
      server.intercept = (path, response) =>
        asked.test(path) && Boolean(response.writeHead(503, { "retry-after": "90" }).end());
      expect(await failureOf(client.feed("stable"))).toMatchObject({
        code: "SERVER_UNREACHABLE",
        retryAfterMs: 90_000,
      });
    }
  });

  test("sends what is not metadata", async () => {
    const { client, server } = await setUp(["1.0.0"]);
    server.intercept = (path, response) => /timestamp/.test(path) && Boolean(response.end("<html>"));
    expect(await failureOf(client.refresh())).toMatchObject({
      code: "UNTRUSTED",
      message: expect.stringMatching(/is not signed metadata/),
    });
  });
});

test("a name that could lead elsewhere is never asked for", async () => {
  const { client, server } = await setUp(["1.0.0"]);
  await client.refresh();
  server.asked.length = 0;
  expect((await failureOf(client.feed("../secret"))).code).toBe("NOT_PUBLISHED");
  expect((await failureOf(client.manifest("../1.0.0", digest))).code).toBe("NOT_PUBLISHED");
  expect((await failureOf(client.feed("beta"))).message).toMatch(/has no channel beta/);
  expect(server.asked).toEqual([]);
});

describe("the pinned root", () => {
  test("may not change under a client", async () => {
    const { client, server, clock } = await setUp(["1.0.0"]);
    await client.refresh();
    const before = await contentOf(client.folder);
    const stranger = await openApp(await temporaryFolder(), "myapp", clock);
    expect(
      await failureOf(openClient(server, stranger.rootJson(), { folder: join(client.folder, "..") })),
    ).toMatchObject({ code: "ROOT_CHANGED", message: expect.stringMatching(/Put the first one back.*delete/) });
    expect(await contentOf(client.folder)).toEqual(before);
  });

  test.each(["{}", "", `{"signed":{"_type":"root"},"signatures":[]}`])("may not be %j", async (text) => {
    const { server } = await setUp(["1.0.0"]);
    expect((await failureOf(openClient(server, text))).code).toBe("ROOT_INVALID");
  });

  test("must be whole", async () => {
    const { server, repository } = await setUp(["1.0.0"]);
    const changed = repository.rootJson().replace(`"consistent_snapshot":true`, `"consistent_snapshot":false`);
    expect((await failureOf(openClient(server, changed))).code).toBe("ROOT_INVALID");
  });
});

test("a folder that lost everything but its root is filled again", async () => {
  const { client, server, repository } = await setUp(["1.0.0"]);
  await client.refresh();
  await writeFile(join(client.folder, "timestamp.json"), "torn");
  const again = await openClient(server, repository.rootJson(), { folder: join(client.folder, "..") });
  expect(await again.feed("stable")).toEqual(feedOf(["1.0.0"]));
});
