import { describe, expect, test } from "vitest";
import { bucketOf } from "../rollout/bucket.ts";
import { clientOn, feedOf, feedReleaseOf } from "../testing/feeds.ts";
import type { Client } from "./client.ts";
import { decideUpdate, type UpdateDecision } from "./decide-update.ts";
import type { Feed, FeedRelease } from "./feed.ts";

/** The decision in one word and a version, or the reason why there is none. */
function brief(decision: UpdateDecision): string {
  if (decision.kind === "none") return decision.reason;
  return `${decision.mandatory ? "mandatory " : ""}${decision.kind} ${decision.release.version}`;
}

const decided = (feed: Feed, client: Client): string => brief(decideUpdate(feed, client));

/** Every step that a client takes until there is no further. */
function journey(feed: Feed, from: string, more: Partial<Client> = {}): string[] {
  const steps: string[] = [];
  for (let version = from; steps.length < 20; ) {
    const decision = decideUpdate(feed, clientOn(version, more));
    steps.push(brief(decision));
    if (decision.kind === "none") break;
    version = decision.release.version;
  }
  return steps;
}

describe("newer versions", () => {
  const feed = feedOf([feedReleaseOf("2.4.1")]);

  test.each([
    ["2.4.0", "update 2.4.1"],
    ["2.4.1", "up-to-date"],
    ["2.4.2", "up-to-date"],
    ["2.4.1-rc.1", "update 2.4.1"],
    ["3.0.0-alpha", "up-to-date"],
    [undefined, "update 2.4.1"],
  ])("from %s: %s", (version, expected) => expect(decided(feed, clientOn(version))).toBe(expected));

  test("an empty channel has nothing", () => {
    expect(decided(feedOf([]), clientOn())).toBe("nothing-released");
    expect(decided(feedOf([]), clientOn("1.0.0"))).toBe("up-to-date");
  });

  test("the newest goes first, whatever the order in the feed", () => {
    const mixed = feedOf(["1.9.0", "1.10.0", "1.2.0"].map((version) => feedReleaseOf(version)));
    expect(decided(mixed, clientOn("1.0.0"))).toBe("update 1.10.0");
  });
});

describe("pre-releases", () => {
  const order = [
    "2.5.0-alpha",
    "2.5.0-alpha.1",
    "2.5.0-beta.3",
    "2.5.0-beta.11",
    "2.5.0-nightly.20240315",
    "2.5.0-nightly.20240316",
    "2.5.0",
  ];

  test.each(order.slice(1).map((version, i) => [order[i], version] as const))(
    "%s is followed by %s",
    (older, newer) => {
      expect(decided(feedOf([feedReleaseOf(newer)]), clientOn(older))).toBe(`update ${newer}`);
      expect(decided(feedOf([feedReleaseOf(older ?? "")]), clientOn(newer))).toBe("up-to-date");
    },
  );
});

describe("exposure", () => {
  const salt = "myapp stable-2 2.0.0";
  const half = feedOf([feedReleaseOf("2.0.0", { exposure: { basisPoints: 5_000, salt } }), feedReleaseOf("1.0.0")], {
    live: "1.0.0",
  });
  const ids = Array.from({ length: 40 }, (_, i) => `client-${i}`);
  const early = ids.find((id) => bucketOf(salt, id) < 5_000) ?? "";
  const late = ids.find((id) => bucketOf(salt, id) >= 5_000) ?? "";

  test("whoever is exposed gets it, and whoever is not gets what is live", () => {
    expect(decided(half, clientOn("0.9.0", { id: early }))).toBe("update 2.0.0");
    expect(decided(half, clientOn("0.9.0", { id: late }))).toBe("update 1.0.0");
    expect(decided(half, clientOn("1.0.0", { id: late }))).toBe("not-yet-exposed");
    expect(decided(half, clientOn(undefined, { id: early }))).toBe("update 2.0.0");
    expect(decided(half, clientOn(undefined, { id: late }))).toBe("update 1.0.0");
  });

  test("whoever has it keeps it", () => {
    expect(decided(half, clientOn("2.0.0", { id: late }))).toBe("up-to-date");
  });
});

describe("stepping stones", () => {
  const feed = feedOf([
    feedReleaseOf("1.5.0"),
    feedReleaseOf("2.0.0", { minimumVersion: "1.5.0" }),
    feedReleaseOf("3.0.0", { minimumVersion: "2.0.0" }),
  ]);

  test("an old client goes from stone to stone", () => {
    expect(journey(feed, "1.0.0")).toEqual(["update 1.5.0", "update 2.0.0", "update 3.0.0", "up-to-date"]);
    expect(journey(feed, "1.7.0")).toEqual(["update 2.0.0", "update 3.0.0", "up-to-date"]);
  });

  test("a fresh installation takes the newest at once", () => expect(decided(feed, clientOn())).toBe("update 3.0.0"));

  test("without the stone there is no way", () => {
    const decision = decideUpdate(feedOf([feedReleaseOf("3.0.0", { minimumVersion: "2.0.0" })]), clientOn("1.9.9"));
    expect(decision).toEqual({
      kind: "none",
      reason: "needs-stepping-stone",
      detail: "3.0.0 can be reached from 2.0.0 on; the client has 1.9.9",
    });
  });

  test("a pre-release of the minimum is below it", () => {
    expect(journey(feed, "2.0.0-rc.1")).toEqual(["update 2.0.0", "update 3.0.0", "up-to-date"]);
  });
});

describe("platform", () => {
  const feed = feedOf([feedReleaseOf("1.0.0"), feedReleaseOf("2.0.0", { platforms: ["darwin-arm64", "linux-x64"] })]);

  test.each([
    ["linux-x64", "update 2.0.0"],
    ["win32-x64", "update 1.0.0"],
    [undefined, "update 1.0.0"],
  ])("%s: %s", (platform, expected) => {
    expect(decided(feed, clientOn(undefined, platform === undefined ? {} : { platform }))).toBe(expected);
  });

  test("says what is missing", () => {
    expect(decideUpdate(feed, clientOn("1.0.0", { platform: "win32-x64" }))).toMatchObject({
      reason: "wrong-platform",
      detail: "2.0.0 runs on darwin-arm64, linux-x64, not on win32-x64",
    });
    expect(decideUpdate(feed, clientOn("1.0.0"))).toMatchObject({
      reason: "wrong-platform",
      detail: expect.stringMatching(/a platform that is not named/),
    });
  });
});

describe("compatibility", () => {
  const compatibility = { contentManager: ["9.4+", "10.x"], database: ["PostgreSQL 14+", "15"] };
  const feed = feedOf([feedReleaseOf("2.0.0", { compatibility })]);

  test.each([
    [{ contentmanager: "9.4.0", database: "PostgreSQL 14.2" }, "update 2.0.0"],
    [{ contentmanager: "10.3", database: "15" }, "update 2.0.0"],
    [{ contentmanager: "9.3", database: "15" }, "incompatible"],
    [{ contentmanager: "9.4", database: "PostgreSQL 13" }, "incompatible"],
    [{ contentmanager: "9.4" }, "incompatible"],
    [{ contentmanager: "nonsense", database: "15" }, "incompatible"],
    [{}, "incompatible"],
  ])("%j: %s", (attributes, expected) =>
    expect(decided(feed, clientOn("1.0.0", { attributes: { ...attributes } }))).toBe(expected),
  );

  test("says what is needed and what there is", () => {
    expect(decideUpdate(feed, clientOn("1.0.0", { attributes: { contentmanager: "9.3" } }))).toMatchObject({
      detail: "2.0.0 needs contentManager 9.4+ or 10.x; the client has 9.3",
    });
    expect(decideUpdate(feed, clientOn("1.0.0", { attributes: { contentmanager: "9.4" } }))).toMatchObject({
      detail: "2.0.0 needs database PostgreSQL 14+ or 15; the client has not said",
    });
  });

  test("a name that every object has is not a declaration", () => {
    const odd = feedOf([feedReleaseOf("2.0.0", { compatibility: { constructor: ["1.x"] } })]);
    expect(decided(odd, clientOn("1.0.0"))).toBe("incompatible");
  });
});

describe("mandatory", () => {
  const feed = feedOf([feedReleaseOf("1.2.0", { mandatoryBelow: "1.1.0" })]);

  test.each([
    ["1.0.0", "mandatory update 1.2.0"],
    ["1.1.0", "update 1.2.0"],
    [undefined, "update 1.2.0"],
  ])("from %s: %s", (version, expected) => expect(decided(feed, clientOn(version))).toBe(expected));
});

describe("versions that were taken back", () => {
  const back = feedOf([feedReleaseOf("1.0.0")], { away: ["1.1.0"] });

  test("a client that has one goes back to what is live", () => {
    expect(decided(back, clientOn("1.1.0"))).toBe("mandatory rollback 1.0.0");
    expect(journey(back, "1.1.0")).toEqual(["mandatory rollback 1.0.0", "up-to-date"]);
  });

  test("nobody else goes anywhere", () => {
    expect(decided(back, clientOn("1.0.0"))).toBe("up-to-date");
    expect(decided(back, clientOn("1.2.0"))).toBe("up-to-date");
  });

  test("they are not offered, even by a feed that has both", () => {
    expect(
      decided(feedOf([feedReleaseOf("1.0.0"), feedReleaseOf("1.1.0")], { away: ["1.1.0"] }), clientOn("1.0.0")),
    ).toBe("up-to-date");
  });

  test("the way back is open whatever its minimum version, but not to the wrong surroundings", () => {
    const release = (more: Partial<FeedRelease>) => feedOf([feedReleaseOf("1.0.0", more)], { away: ["1.1.0"] });
    expect(decided(release({ minimumVersion: "0.9.0" }), clientOn("1.1.0"))).toBe("mandatory rollback 1.0.0");
    expect(decided(release({ platforms: ["linux-x64"] }), clientOn("1.1.0"))).toBe("wrong-platform");
    expect(decided(release({ compatibility: { database: ["15"] } }), clientOn("1.1.0"))).toBe("incompatible");
  });

  test("where nothing good is live there is no way back", () => {
    expect(decided(feedOf([], { away: ["1.1.0"] }), clientOn("1.1.0"))).toBe("nothing-to-go-back-to");
  });

  test("where what is live is newer, the way out is forward, and by its stepping stones", () => {
    const forward = feedOf([feedReleaseOf("1.5.0"), feedReleaseOf("2.0.0", { minimumVersion: "1.5.0" })], {
      away: ["1.1.0"],
    });
    expect(journey(forward, "1.1.0")).toEqual(["mandatory update 1.5.0", "update 2.0.0", "up-to-date"]);
  });

  test("where nothing is live, a newer one that has reached the client is the way out", () => {
    const { live: _, ...exposed } = feedOf([feedReleaseOf("1.2.0")], { away: ["1.1.0"] });
    expect(decided(exposed, clientOn("1.1.0"))).toBe("mandatory update 1.2.0");
  });
});

describe("a way back that is staged", () => {
  const inside = { id: "client-1" };
  const share = bucketOf("s", inside.id) + 1;
  const staged = (basisPoints: number, more: Partial<Feed> = {}, releases = [feedReleaseOf("1.0.0")]) =>
    feedOf(releases, { away: ["1.1.0"], sentBack: [{ version: "1.1.0", basisPoints, salt: "s" }], ...more });

  test("is offered to a client that it has reached, and to no other", () => {
    expect(decided(staged(share), clientOn("1.1.0"))).toBe("mandatory rollback 1.0.0");
    expect(decided(staged(share - 1), clientOn("1.1.0"))).toBe("not-yet-sent-back");
    expect(decided(staged(0), clientOn("1.0.0"))).toBe("up-to-date");
    expect(decided(staged(0), clientOn())).toBe("update 1.0.0");
  });

  test("leaves the way forward open to a client that it has not reached, and forces nobody onto it", () => {
    const releases = [feedReleaseOf("1.0.0"), feedReleaseOf("1.2.0")];
    expect(decided(staged(0, { live: "1.0.0" }, releases), clientOn("1.1.0"))).toBe("update 1.2.0");
    expect(decided(staged(0, {}, releases), clientOn("1.1.0"))).toBe("update 1.2.0");
    const unreached = [releases[0], feedReleaseOf("1.2.0", { exposure: { basisPoints: 0, salt: "" } })];
    expect(decided(staged(0, { live: "1.0.0" }, unreached as FeedRelease[]), clientOn("1.1.0"))).toBe(
      "not-yet-sent-back",
    );
  });

  test("says nothing of a version that is not away", () => {
    expect(decided(staged(0, { away: [] }), clientOn("1.1.0"))).toBe("up-to-date");
    expect(decided(staged(0, { away: ["1.1.0", "1.2.0"] }), clientOn("1.2.0"))).toBe("mandatory rollback 1.0.0");
  });
});
