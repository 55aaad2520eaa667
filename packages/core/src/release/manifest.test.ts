import { describe, expect, test } from "vitest";
import { manifestOf } from "../testing/manifests.ts";
import { type Component, componentsFor, manifestDigest, manifestSchema, platformsOf } from "./manifest.ts";

const part = (name: string, platform?: string): Component => ({
  name,
  kind: "file",
  sha256: "0".repeat(64),
  size: 1,
  ...(platform === undefined ? {} : { platform }),
});

describe("the schema", () => {
  const problems = (change: object) =>
    manifestSchema
      .safeParse({ ...manifestOf("1.0.0"), ...change })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

  test.each([
    ["a version that is none", { version: "1.0" }, /version: must be a SemVer/],
    ["no components", { components: [] }, /components/],
    ["a component twice", { components: [part("a"), part("a")] }, /twice/],
    ["a name that leaves its folder", { components: [part("../a")] }, /components\.0\.name/],
    ["two dots in a name", { components: [part("a..b")] }, /two dots/],
    ["a digest in capitals", { components: [{ ...part("a"), sha256: "A".repeat(64) }] }, /64 lower-case/],
    ["a size below zero", { components: [{ ...part("a"), size: -1 }] }, /size/],
    ["a platform that is none", { components: [part("a", "Linux")] }, /OS-ARCH/],
    ["what it does not know", { surprise: 1 }, /surprise/],
    ["notes without end", { notes: "x".repeat(100_001) }, /notes/],
  ])("refuses %s", (_, change, message) => expect(problems(change).join("\n")).toMatch(message));

  test("takes one component for several platforms", () => {
    expect(problems({ components: [part("a", "linux-x64"), part("a", "linux-arm64"), part("a")] })).toEqual([]);
  });
});

test("the digest is of the content, not of how it is written", () => {
  const { version, ...rest } = manifestOf("1.0.0");
  expect(manifestDigest({ ...rest, version })).toBe(manifestDigest(manifestOf("1.0.0")));
  expect(manifestDigest(manifestOf("1.0.0", { notes: "x" }))).not.toBe(manifestDigest(manifestOf("1.0.0")));
});

test("a client installs what is for everybody and what is for its platform", () => {
  const manifest = manifestOf("1.0.0", { components: [part("a", "linux-x64"), part("a", "darwin-arm64"), part("b")] });
  const namesFor = (platform?: string) =>
    componentsFor(manifest, platform).map(({ name, platform: of }) => `${name} ${of ?? "all"}`);
  expect(namesFor("linux-x64")).toEqual(["a linux-x64", "b all"]);
  expect(namesFor()).toEqual(["b all"]);
  expect(platformsOf(manifest)).toEqual(["darwin-arm64", "linux-x64"]);
  expect(platformsOf(manifestOf("1.0.0"))).toEqual([]);
});
