import { Map as ImmutableMap } from "immutable";
import { foldMeasurement, type MeasurementRecord } from "../analysis/progress.ts";
import type { AppState } from "./state.ts";

/** Folds a measurement into what is known of its promotion. */
export function recordMeasurement(state: AppState, record: MeasurementRecord): AppState {
  const { id, analysis } = record;
  const before = state.analyses.get(id) ?? ImmutableMap();
  const folded = before.set(analysis, foldMeasurement(before.get(analysis), record));
  return { ...state, analyses: state.analyses.set(id, folded) };
}

/** What was measured at a smaller exposure says nothing of a larger one. */
export function countPassesAnew(state: AppState, promotion: string): AppState {
  const measured = state.analyses.get(promotion)?.map((progress) => ({ ...progress, passes: 0 }));
  return measured === undefined ? state : { ...state, analyses: state.analyses.set(promotion, measured) };
}

export function forgetMeasurements(state: AppState, promotion: string): AppState {
  return { ...state, analyses: state.analyses.delete(promotion) };
}
