import { describe, expect, test } from "vitest";
import { feedOf, feedReleaseOf } from "../testing/feeds.ts";
import type { Feed } from "./feed.ts";
import { restrict } from "./restrict.ts";

const one = feedReleaseOf("1.0.0");
const two = (basisPoints: number, salt = "a") => feedReleaseOf("2.0.0", { exposure: { basisPoints, salt } });
const rolling = (basisPoints: number, salt?: string) => feedOf([two(basisPoints, salt), one], { live: "1.0.0" });
const exposureOf = (feed: Feed, version = "2.0.0") =>
  feed.releases.find((release) => release.version === version)?.exposure.basisPoints;

describe("while the next feed is not published", () => {
  test("nothing changes that does not change", () =>
    expect(restrict(rolling(500), rolling(500))).toEqual(rolling(500)));

  test("nobody gets what only the next one offers", () => {
    expect(restrict(feedOf([one]), rolling(500))).toEqual(feedOf([one]));
    expect(exposureOf(restrict(rolling(500), rolling(5_000)))).toBe(500);
  });

  test("what the next one lowers is lowered at once", () =>
    expect(exposureOf(restrict(rolling(5_000), rolling(500)))).toBe(500));

  test("what the next one takes back is gone at once, and whoever has it may leave", () => {
    const restricted = restrict(rolling(5_000), feedOf([one], { away: ["2.0.0"] }));
    expect(restricted).toMatchObject({ live: "1.0.0", away: ["2.0.0"], releases: [{ version: "1.0.0" }] });
    expect(restricted.releases).toHaveLength(1);
  });

  test("a way back that is staged reaches whom the next one says, and everybody once it says so", () => {
    const sentBack = (basisPoints: number) => ({ sentBack: [{ version: "2.0.0", basisPoints, salt: "s" }] });
    const staged = (basisPoints: number) => feedOf([one], { away: ["2.0.0"], ...sentBack(basisPoints) });
    expect(restrict(rolling(5_000), staged(1_000))).toMatchObject({ away: ["2.0.0"], ...sentBack(1_000) });
    expect(restrict(staged(1_000), staged(5_000))).toMatchObject(sentBack(5_000));
    expect(restrict(staged(1_000), feedOf([one], { away: ["2.0.0"] }))).not.toHaveProperty("sentBack");
  });

  test("a group that is halted gets it no more at once", () => {
    const halted = feedOf([
      feedReleaseOf("2.0.0", { exposure: { basisPoints: 500, salt: "a" }, halted: ["region=eu"] }),
      one,
    ]);
    expect(restrict(rolling(500), halted).releases.find(({ version }) => version === "2.0.0")).toMatchObject({
      halted: ["region=eu"],
    });
  });

  test("what is about to be live for everybody stays where it was", () => {
    expect(exposureOf(restrict(rolling(5_000), feedOf([one, two(10_000, "")])))).toBe(5_000);
  });

  test("another rollout of the same release exposes nobody yet", () => {
    expect(exposureOf(restrict(rolling(5_000, "a"), rolling(5_000, "b")))).toBe(0);
  });

  test("nobody is sent back to what is not signed as live yet", () => {
    const back = restrict(feedOf([two(10_000, "")]), feedOf([one], { away: ["2.0.0"] }));
    expect(back).not.toHaveProperty("live");
    expect(back.releases).toEqual([]);
    expect(back.away).toEqual(["2.0.0"]);
  });
});
