import { stageOf } from "@sluice/core/application/state.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { World } from "../world/world.ts";

const source = `apiVersion: sluice/v1
app: myapp
stages:
  - name: dev
  - name: beta
    gates: [{ soak: 24h }]
    analysis: [{ issues: { at-least: critical } }]
  - name: stable
    gates: [{ soak: 72h }, { no-issues: { at-least: warning } }]
`;

const hour = 3_600_000;

describe("automatic channel promotion: dev, 24 h, beta, 72 h without issues, stable", () => {
  let world: World;
  let start: number;

  const live = (stage: string) => {
    const state = world.state();
    return state === undefined ? undefined : stageOf(state, stage).live?.version;
  };
  const publish = (version: string) =>
    world.command({
      type: "PublishRelease",
      manifest: {
        app: "myapp",
        version,
        components: [{ name: "app", kind: "file", sha256: sha256Hex(version), size: 5 }],
      },
    });

  beforeEach(async () => {
    world = new World("myapp");
    await world.boot();
    const parsed = parsePipeline(source);
    if ("problems" in parsed) throw new Error("the pipeline is invalid");
    expect(await world.command({ type: "ApplyPipeline", pipeline: parsed.pipeline, source })).toBe(true);
    start = world.clock.now();
    expect(await publish("1.0.0")).toBe(true);
  });

  test("a release reaches beta after 24 h and stable after 96 h, to the millisecond, untouched by hands", async () => {
    expect(live("dev")).toBe("1.0.0");
    await world.clock.moveTo(start + 24 * hour - 1);
    expect(live("beta")).toBeUndefined();
    await world.clock.moveTo(start + 24 * hour);
    expect(live("beta")).toBe("1.0.0");
    await world.clock.moveTo(start + 96 * hour - 1);
    expect(live("stable")).toBeUndefined();
    await world.clock.moveTo(start + 96 * hour);
    expect(live("stable")).toBe("1.0.0");
  });

  test("no work is done between the moments at which something is due", async () => {
    await world.clock.moveTo(start + 1);
    const before = world.node.controller.turns;
    await world.clock.moveTo(start + 24 * hour - 1);
    expect(world.node.controller.turns).toBe(before);
    await world.clock.moveTo(start + 400 * hour);
    const after = world.node.controller.turns;
    await world.clock.moveTo(start + 4_000 * hour);
    expect(world.node.controller.turns).toBe(after);
  });

  test("an open issue keeps it out of stable; when it is resolved it goes at once", async () => {
    await world.clock.moveTo(start + 30 * hour);
    await world.command({ type: "OpenIssue", version: "1.0.0", title: "slow", severity: "warning" });
    await world.clock.moveTo(start + 200 * hour);
    expect(live("stable")).toBeUndefined();
    await world.command({ type: "ResolveIssue", id: "issue-1", comment: "was the network" });
    await world.clock.moveTo(start + 200 * hour + 1);
    expect(live("stable")).toBe("1.0.0");
  });

  test("a critical issue in beta takes the release back there, and it never reaches stable", async () => {
    await world.clock.moveTo(start + 100 * hour);
    await publish("1.1.0");
    await world.clock.moveTo(start + 130 * hour);
    expect(live("beta")).toBe("1.1.0");
    await world.command({ type: "OpenIssue", version: "1.1.0", title: "loses data", severity: "critical" });
    expect(live("beta")).toBe("1.0.0");
    await world.clock.moveTo(start + 1_000 * hour);
    expect(live("stable")).toBe("1.0.0");
  });

  test("a team that publishes every six hours still sees its releases promoted", async () => {
    for (let i = 1; i <= 40; i++) {
      await world.clock.moveTo(start + i * 6 * hour);
      await publish(`1.${i}.0`);
    }
    expect(live("dev")).toBe("1.40.0");
    expect(live("beta")).toBe("1.36.0");
    expect(live("stable")).toBe("1.24.0");
  });

  test("a crash in between changes nothing", async () => {
    await world.clock.moveTo(start + 10 * hour);
    await world.crash();
    await world.clock.moveTo(start + 50 * hour);
    await world.crash();
    expect(live("beta")).toBe("1.0.0");
    await world.clock.moveTo(start + 96 * hour);
    expect(live("stable")).toBe("1.0.0");
  });
});
