import { Map as ImmutableMap } from "immutable";
import type { AppState, CheckResult } from "./state.ts";

/** The key of what one stage asks for, an item of its checklist or a question to a repository, among what is known of a release. No check is named so: names have no slash. */
export function itemKey(stage: string, item: string): string {
  return `${stage}/${item}`;
}

/** The last word about a check, or about the item of a key. */
export function checkOf(state: AppState, version: string, key: string): CheckResult | undefined {
  return state.checks.get(version)?.get(key);
}

/** The state with a new last word. */
export function setCheck(state: AppState, version: string, key: string, known: CheckResult): AppState {
  const ofRelease = state.checks.get(version, ImmutableMap<string, CheckResult>()).set(key, known);
  return { ...state, checks: state.checks.set(version, ofRelease) };
}
