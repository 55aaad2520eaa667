import type { AppState } from "@sluice/core/application/state.ts";
import { emptyHead } from "@sluice/core/log/chain.ts";
import { pipelineOf } from "@sluice/core/testing/pipelines.ts";
import { given } from "@sluice/core/testing/scenario.ts";
import { caughtUp, publish, rollBack } from "@sluice/core/testing/steps.ts";
import { expect, test } from "vitest";
import type { ControlPlane } from "./control-plane.ts";
import { ServedFeeds } from "./served-feeds.ts";

/** A control plane whose application is as it is told. */
function following(first: AppState) {
  let state = first;
  let changed: Parameters<ControlPlane["onChange"]>[0] = () => {};
  const plane = {
    apps: () => [state.app],
    state: () => state,
    head: () => emptyHead,
    onChange: (listener: typeof changed) => {
      changed = listener;
      return () => {};
    },
  };
  const feeds = new ServedFeeds(plane);
  return {
    offered: () => feeds.get(state.app, "dev")?.feed.releases.map(({ version }) => version),
    become(next: AppState) {
      state = next;
      changed(next.app, []);
    },
  };
}

const as = (state: AppState, changedSeq: number, publishedSeq: number): AppState => ({
  ...state,
  feeds: { ...state.feeds, changedSeq, publishedSeq },
});

test("what was published while the log went on is what counts, and not what was published before", () => {
  const { world } = given(pipelineOf("dev"), publish("1.0.0"), caughtUp);
  const old = world.state;
  world.must(publish("1.1.0"));
  world.catchUp();
  const newer = world.state;
  world.must(rollBack("dev"));
  const back = world.state;

  const { offered, become } = following(as(old, 1, 1));
  expect(offered()).toEqual(["1.0.0"]);
  become(as(newer, 2, 1));
  expect(offered()).toEqual([]);
  become(as(back, 3, 1));
  expect(offered()).toEqual(["1.0.0"]);
  become(as(back, 3, 2));
  expect(offered()).toEqual([]);
  become(as(back, 3, 3));
  expect(offered()).toEqual(["1.0.0"]);
});
