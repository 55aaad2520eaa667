import { unreachable } from "../../errors/unreachable.ts";
import type { Recorded } from "../events/recorded.ts";
import type { RolloutFact } from "../events/rollout.ts";
import { countPassesAnew, forgetMeasurements, recordMeasurement } from "../measurements.ts";
import { type AppState, changePromotion, setStage, stageOf } from "../state.ts";
import { stopSoak } from "./soak.ts";
import { raised } from "./targets.ts";
import { without } from "./waiting.ts";

/** Folds what happens to a release that is let in into a state. */
export function evolveRollout(state: AppState, event: Recorded<RolloutFact>): AppState {
  const { at, actor } = event;
  switch (event.type) {
    case "PromotionStarted": {
      const { id, stage, version, salt, waves, admission } = event.data;
      const wave = waves === undefined ? {} : { wave: 1 };
      const started = changePromotion(state, id, (promotion) => ({
        ...stopSoak(promotion, at),
        status: "active",
        startedAt: at,
        decidesFrom: at,
        ...(waves === undefined ? {} : { waves }),
        ...(admission === undefined ? {} : { admission }),
        exposure: {
          basisPoints: 0,
          ...wave,
          salt,
          requestedSeq: event.seq,
          appliedAt: at,
          offered: { basisPoints: 0, ...wave, seq: event.seq },
        },
      }));
      const before = stageOf(started, stage);
      return setStage(started, {
        ...before,
        active: id,
        waiting: without(before, id),
        away: before.away.delete(version),
        offered: before.offered.add(version),
      });
    }
    case "ExposureRaised": {
      const { id, to } = event.data;
      return changePromotion(countPassesAnew(state, id), id, (promotion) =>
        promotion.status === "active"
          ? { ...promotion, exposure: raised(promotion.exposure, { basisPoints: to }, event.seq) }
          : promotion,
      );
    }
    case "WaveBegun": {
      const { id, wave, to } = event.data;
      return changePromotion(countPassesAnew(state, id), id, (promotion) =>
        promotion.status === "active"
          ? {
              ...promotion,
              decidesFrom: at,
              exposure: raised(promotion.exposure, { basisPoints: to, wave }, event.seq),
            }
          : promotion,
      );
    }
    case "RationGranted": {
      const { id, most } = event.data;
      return changePromotion(state, id, (promotion) => ({ ...promotion, ration: most }));
    }
    case "GroupHalted": {
      const { id, group } = event.data;
      return changePromotion(state, id, (promotion) => ({
        ...promotion,
        haltedGroups: [...(promotion.haltedGroups ?? []), { group, at }],
      }));
    }
    case "PromotionPaused": {
      const { cause, reason } = event.data;
      return changePromotion(state, event.data.id, (promotion) =>
        promotion.status === "active"
          ? { ...promotion, status: "paused", paused: { cause, reason, at, by: actor } }
          : promotion,
      );
    }
    case "RolloutHalted": {
      const { reason } = event.data;
      return changePromotion(state, event.data.id, (promotion) =>
        promotion.status === "active" || promotion.status === "paused"
          ? { ...promotion, status: "paused", paused: { cause: "halted", reason, at, by: actor, halted: true } }
          : promotion,
      );
    }
    case "PromotionResumed":
      return changePromotion(forgetMeasurements(state, event.data.id), event.data.id, (promotion) => {
        if (promotion.status !== "paused") return promotion;
        const { paused: _, ...rest } = promotion;
        return { ...rest, decidesFrom: at, status: "active" };
      });
    case "MeasurementTaken":
      return recordMeasurement(state, event.data);
    case "PromotionCompleted": {
      const { id, stage, version, verify } = event.data;
      const replaced = stageOf(state, stage).live?.promotion;
      const watched = replaced === undefined ? state : forgetMeasurements(state, replaced);
      const done = changePromotion(verify === undefined ? forgetMeasurements(watched, id) : watched, id, (promotion) =>
        promotion.status === "active"
          ? {
              ...promotion,
              status: "complete",
              completedAt: at,
              ...(verify === undefined ? {} : { verification: { windows: verify, passed: 0 } }),
            }
          : promotion,
      );
      const { active: _, ...before } = stageOf(done, stage);
      const completed = before.completed.delete(version).set(version, { promotion: id, at });
      return setStage(done, { ...before, completed, live: { version, promotion: id, since: at } });
    }
    case "PromotionVerified": {
      const { id, window, of } = event.data;
      const seen = window === of ? forgetMeasurements(state, id) : state;
      return changePromotion(seen, id, (promotion) =>
        promotion.status === "complete" && promotion.verification !== undefined
          ? { ...promotion, verification: { ...promotion.verification, passed: window } }
          : promotion,
      );
    }
    default:
      return unreachable(event);
  }
}
