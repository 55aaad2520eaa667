import { expect, test } from "vitest";
import { hour, minute, Story } from "./story.ts";

const commit = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
/** As long as the programs of this story take, and more. */
const deployed = 30 * minute;

test("dev with the merge; production with the tag, the list and somebody else's approval", async () => {
  const story = await Story.begin("gitops");
  await story.publish("1.2.0", { commit });
  await story.at(deployed);
  expect(story.closed("1.2.0", "dev")).toEqual(["promote-on"]);
  await story.git({ kind: "merge", branch: "main", commit });
  await story.at(2 * deployed);
  expect(story.live("dev")).toBe("1.2.0");
  expect(story.world.targets.live.get("dev/command")).toBe("1.2.0");
  expect(story.closed("1.2.0", "prod")).toEqual(["promote-on", "checklist", "approval"]);

  await story.git({ kind: "tag", tag: "v1.2.0", commit });
  expect(await story.tickAll("1.2.0", "prod", "bob")).toHaveLength(6);
  expect(story.closed("1.2.0", "prod")).toEqual(["approval"]);
  expect(await story.approve("prod", "intern")).toMatchObject({ code: "APPROVER_NOT_NAMED" });
  await story.at(24 * hour);
  expect(story.live("prod")).toBeUndefined();
  expect(await story.approve("prod", "team-lead")).toBeUndefined();
  await story.at(24 * hour + deployed);
  expect(story.live("prod")).toBe("1.2.0");
  expect(story.world.targets.live.get("prod/command")).toBe("1.2.0");
});

test("nobody approves a release that they asked for by hand, in place of the tag", async () => {
  const story = await Story.begin("gitops");
  await story.publish("1.2.0", { commit });
  await story.git({ kind: "merge", branch: "main", commit });
  await story.at(deployed);
  await story.must({ type: "RequestPromotion", version: "1.2.0", stage: "prod" }, "team-lead");
  await story.tickAll("1.2.0", "prod", "bob");
  expect(await story.approve("prod", "team-lead")).toMatchObject({ code: "OWN_RELEASE" });
  expect(await story.approve("prod", "on-call")).toBeUndefined();
  await story.at(2 * deployed);
  expect(story.live("prod")).toBe("1.2.0");
});

test("a tag at another commit than the release was built from lets nothing in", async () => {
  const story = await Story.begin("gitops");
  await story.publish("1.2.0", { commit });
  await story.git({ kind: "merge", branch: "main", commit });
  await story.git({ kind: "tag", tag: "v1.2.0", commit: "e".repeat(40) });
  await story.at(deployed);
  await story.tickAll("1.2.0", "prod", "bob");
  await story.approve("prod", "team-lead");
  await story.at(100 * hour);
  expect(story.closed("1.2.0", "prod")).toEqual(["promote-on"]);
});

test("going back is one command: the programs run with the older release", async () => {
  const story = await Story.begin("gitops");
  for (const [index, version] of ["1.1.0", "1.2.0"].entries()) {
    const built = String(index).repeat(40);
    await story.publish(version, { commit: built });
    await story.git({ kind: "merge", branch: "main", commit: built });
    await story.git({ kind: "tag", tag: `v${version}`, commit: built });
    // A release that is being verified, for 24 hours, is not taken over.
    await story.at(index * 25 * hour + hour);
    await story.tickAll(version, "prod", "bob");
    await story.approve("prod", "team-lead");
    await story.at(index * 25 * hour + hour + deployed);
    expect(story.live("prod")).toBe(version);
  }
  await story.must({ type: "RollBack", stage: "prod", reason: "latency doubled" }, "on-call");
  await story.at(28 * hour);
  expect(story.live("prod")).toBe("1.1.0");
  expect(story.world.targets.live.get("prod/command")).toBe("1.1.0");
});
