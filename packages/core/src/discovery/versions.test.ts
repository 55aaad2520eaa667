import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import { publish } from "../testing/steps.ts";
import { discoverSchema } from "./schema.ts";
import { toPublish, versionsOf } from "./versions.ts";

test("tags are versions by a template, in a range; everything else is not meant", () => {
  const tags = ["v1.0.0", "v1.1.0", "v2.0.0", "1.2.0", "v1.2", "vv1.3.0", "v1.4.0-rc.1", "latest", "v1.5.0_build.7"];
  expect([...versionsOf(tags, "v{version}", "^1.0.0")]).toEqual([
    ["1.0.0", "v1.0.0"],
    ["1.1.0", "v1.1.0"],
    ["1.5.0+build.7", "v1.5.0_build.7"],
  ]);
  expect([...versionsOf(tags, "v{version}", ">=1.4.0-rc.0 <1.5.0").keys()]).toEqual(["1.4.0-rc.1"]);
});

describe("what is published", () => {
  const found = (...versions: string[]) => new Map(versions.map((version) => [version, version]));
  const { state } = given(pipelineOf("dev"), publish("1.1.0")).world;
  const { state: empty } = given(pipelineOf("dev")).world;

  test("is what every subscription has, above everything that was published", () => {
    expect(toPublish(state, [found("1.0.0", "1.10.0", "1.2.0"), found("1.2.0", "1.10.0", "1.3.0")])).toEqual([
      "1.2.0",
      "1.10.0",
    ]);
    expect(toPublish(state, [found("1.2.0"), found()])).toEqual([]);
    expect(toPublish(state, [found("1.0.9", "1.1.0")])).toEqual([]);
  });

  test("is the newest alone where nothing was", () => {
    expect(toPublish(empty, [found("1.0.0", "1.2.0", "1.1.0")])).toEqual(["1.2.0"]);
    expect(toPublish(empty, [found()])).toEqual([]);
  });

  test("is no more than twenty at a time, the newest", () => {
    const many = Array.from({ length: 30 }, (_, i) => `2.${i}.0`);
    expect(toPublish(state, [found(...many)])).toEqual(many.slice(10));
  });
});

test("a subscription says what a release consists of, and has a range that can be read", () => {
  const image = { name: "web", repository: "registry.example/web" };
  const git = { repository: "shop.git" };
  const accepts = (...subscriptions: object[]) => discoverSchema.safeParse({ subscriptions }).success;
  expect(accepts({ image })).toBe(true);
  expect(accepts({ git: { ...git, archive: "." } })).toBe(true);
  expect(accepts({ git })).toBe(false);
  expect(accepts({ git }, { image })).toBe(true);
  expect(accepts({ image }, { image })).toBe(false);
  expect(accepts({ image: { ...image, semver: "about 1" } })).toBe(false);
  expect(accepts({ image: { ...image, tag: "latest" } })).toBe(false);
  expect(accepts({ git: { ...git, archive: "../x" } })).toBe(false);
});
