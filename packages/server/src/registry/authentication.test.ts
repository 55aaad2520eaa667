import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { ImageCopies } from "./copy-images.ts";
import type { FindCredentials } from "./credentials.ts";
import { dockerCredentials } from "./docker-config.ts";
import type { Place } from "./place.ts";
import { Registry } from "./registry.ts";
import { writeImage } from "./testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "./testing/registry-process.ts";
import { noTokenService, TokenService } from "./testing/token-service.ts";

const run = promisify(execFile);
const skipped = noRegistries() ?? noTokenService();
const signal = () => new AbortController().signal;
const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString("base64");

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sluice-authentication-"));
});
afterAll(() => rm(root, { recursive: true }));

describe.skipIf(skipped !== undefined)(
  `a registry that wants tokens${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    let service: TokenService;
    let registry: RunningRegistry;
    let digest: string;
    const place = (repository: string, findCredentials: FindCredentials): Place => ({
      registry: new Registry({ host: registry.host, clock: systemClock, findCredentials }),
      repository,
    });
    const as = (username: string, password: string) => async () => ({ username, password });

    beforeAll(async () => {
      service = await new TokenService(join(root, "service"), {
        ci: { password: "ci-s3cret", may: { "staging/": ["pull", "push"] } },
        reader: { password: "reader-s3cret", may: { "staging/": ["pull"] } },
        robot: { password: "robot-s3cret", may: { "production/": ["pull", "push"] } },
      }).start();
      registry = await startRegistry(join(root, "registry"), service.auth);
      const platforms = [{ architecture: "amd64", layers: [randomBytes(50_000)] }];
      digest = await writeImage(join(root, "layout"), { shared: [], platforms });
      const options = ["-q", "--preserve-digests", "--all", "--dest-tls-verify=false", "--dest-creds=ci:ci-s3cret"];
      const to = `docker://${registry.host}/staging/web:1.0.0`;
      await run("skopeo", ["copy", ...options, `oci:${join(root, "layout")}:it`, to]);
    }, 60_000);
    afterAll(async () => {
      service?.stop();
      await registry?.stop();
    });

    test("is asked at each end by whom that end knows, and what one may not mount is sent", async () => {
      service.asked.length = 0;
      const copies = new ImageCopies(signal());
      const to = place("production/web", as("robot", "robot-s3cret"));
      await copies.copy(place("staging/web", as("reader", "reader-s3cret")), to, digest);
      expect(copies.account).toMatchObject({ copied: 2, mounted: 0 });
      expect((await to.registry.manifest("production/web", digest, signal()))?.digest).toBe(digest);
      const scopes = (user: string, password: string) =>
        service.asked
          .filter(({ authorization }) => authorization === `Basic ${basic(user, password)}`)
          .flatMap((each) => each.scopes);
      // The source is never asked for more than reading.
      expect(scopes("reader", "reader-s3cret")).toContain("repository:staging/web:pull");
      expect(scopes("reader", "reader-s3cret").join()).not.toContain("push");
      expect(scopes("robot", "robot-s3cret")).toContain("repository:production/web:pull,push");
    });

    test("takes over what whoever writes there may read as well", async () => {
      const copies = new ImageCopies(signal());
      const both = as("ci", "ci-s3cret");
      await copies.copy(place("staging/web", both), place("staging/other", both), digest);
      expect(copies.account).toMatchObject({ copied: 0, mounted: 2, bytes: 0 });
    });

    test.each([
      ["nobody", async () => undefined, /wants to know who asks, and there are no credentials for it.*docker login/],
      ["a wrong password", as("robot", "wr0ng"), /it refused user robot.*check the password/],
      ["one who may not", as("robot", "robot-s3cret"), /answered 401.*asked as robot.*what that user may do/],
    ])("refuses %s, and that is said without the secret", async (_, who, why) => {
      const { registry: asked } = place("staging/web", who);
      const failure = (await asked.manifest("staging/web", digest, signal()).catch((error: unknown) => error)) as Error;
      expect(failure.message).toMatch(why);
      expect(failure).toMatchObject({ retryable: false });
      expect(JSON.stringify([failure.message, failure])).not.toMatch(/wr0ng|s3cret/);
    });
  },
);

describe("Docker's own configuration", () => {
  const host = "registry.example:5000";
  const file = async (content: object | string) => {
    const path = join(await mkdtemp(join(root, "config-")), "config.json");
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const found = async (content: object | string) => dockerCredentials(await file(content), host, signal());
  const helper = async (name: string, lines: string) => {
    const bin = join(root, "bin");
    await mkdir(bin, { recursive: true });
    const program = join(bin, `docker-credential-${name}`);
    await writeFile(program, `#!/bin/sh\n${lines}\n`);
    await chmod(program, 0o755);
    vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  };

  test("has a user and a password, also where the registry stands with a scheme, and a password with colons", async () => {
    const auth = basic("robot", "a:b:c");
    const robot = { username: "robot", password: "a:b:c" };
    expect(await found({ auths: { [host]: { auth } } })).toEqual(robot);
    expect(await found({ auths: { [`https://${host}/v2/`]: { auth } } })).toEqual(robot);
    expect(await found({ auths: { "other.example": { auth } } })).toBeUndefined();
    expect(await found({})).toBeUndefined();
    expect(await dockerCredentials(join(root, "gone.json"), host, signal())).toBeUndefined();
  });

  test("has an identity token in place of a password", async () => {
    const entry = { auth: basic("00000000-0000-0000-0000-000000000000", ""), identitytoken: "t0ken" };
    expect(await found({ auths: { [host]: entry } })).toMatchObject({ identityToken: "t0ken" });
  });

  test("names a helper for a registry, which goes before the one for all", async () => {
    await helper("one", `[ "$1" = get ] && [ "$(cat)" = ${host} ] && echo '{"Username":"one","Secret":"1"}'`);
    await helper("all", `echo '{"Username":"<token>","Secret":"2"}'`);
    const auths = { [host]: { auth: basic("robot", "3") } };
    expect(await found({ auths, credHelpers: { [host]: "one" }, credsStore: "all" })).toEqual({
      username: "one",
      password: "1",
    });
    expect(await found({ auths, credsStore: "all" })).toMatchObject({ identityToken: "2" });
  });

  test("and what a helper does not know may stand in the file; what it says when it fails is not shown", async () => {
    await helper("none", `echo "credentials not found in native keychain"; exit 1`);
    const auths = { [host]: { auth: basic("robot", "3") } };
    expect(await found({ auths, credsStore: "none" })).toEqual({ username: "robot", password: "3" });
    await helper("bad", `echo "s3cret"; echo "s3cret" >&2; exit 1`);
    await expect(found({ credsStore: "bad" })).rejects.toThrow(/^docker-credential-bad failed \(1\)$/);
    await helper("odd", `echo "s3cret"`);
    await expect(found({ credsStore: "odd" })).rejects.toThrow(/^docker-credential-odd did not answer as/);
    await expect(found({ credsStore: "../../bin/sh" })).rejects.toThrow(/no name of a credential helper/);
    await expect(found("not json")).rejects.toThrow(/is not a Docker configuration$/);
  });
});
