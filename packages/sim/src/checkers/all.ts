import { badNotOffered } from "./bad-not-offered.ts";
import type { CheckerKind } from "./checker.ts";
import { exposureRises } from "./exposure-rises.ts";
import { gatesPassed } from "./gates-passed.ts";
import { logIsWhole } from "./log-is-whole.ts";
import { measuredBeforeRise } from "./measured-before-rise.ts";
import { oneActive } from "./one-active.ts";
import { rationKept } from "./ration-kept.ts";
import { reportsKept } from "./reports-kept.ts";
import { stateIsTheLog } from "./state-is-the-log.ts";
import { targetsAgree } from "./targets-agree.ts";

/** Everything that must hold after every step of every history. */
export const checkers: readonly CheckerKind[] = [
  logIsWhole,
  gatesPassed,
  exposureRises,
  measuredBeforeRise,
  oneActive,
  badNotOffered,
  rationKept,
  reportsKept,
  stateIsTheLog,
  targetsAgree,
];
