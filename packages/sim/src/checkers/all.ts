import { acknowledgedKept } from "./acknowledged-kept.ts";
import { approvedByOthers } from "./approved-by-others.ts";
import { backToAGoodOne } from "./back-to-a-good-one.ts";
import { badNotOffered } from "./bad-not-offered.ts";
import { bytesAsPublished } from "./bytes-as-published.ts";
import type { CheckerKind } from "./checker.ts";
import { completeEverywhere } from "./complete-everywhere.ts";
import { effectsRecordedOnce } from "./effects-recorded-once.ts";
import { exposureEarned } from "./exposure-earned.ts";
import { exposureRises } from "./exposure-rises.ts";
import { gatesPassed } from "./gates-passed.ts";
import { holdsKept } from "./holds-kept.ts";
import { issuesKeptOut } from "./issues-kept-out.ts";
import { logIsWhole } from "./log-is-whole.ts";
import { measuredBeforeRise } from "./measured-before-rise.ts";
import { offersGoForward } from "./offers-go-forward.ts";
import { offersPublished } from "./offers-published.ts";
import { oneActive } from "./one-active.ts";
import { rationKept } from "./ration-kept.ts";
import { reportsKept } from "./reports-kept.ts";
import { soakKept } from "./soak-kept.ts";
import { stateIsTheLog } from "./state-is-the-log.ts";
import { targetsAgree } from "./targets-agree.ts";
import { timeRunsForward } from "./time-runs-forward.ts";

/** Everything that must hold after every step of every history. */
export const checkers: readonly CheckerKind[] = [
  logIsWhole,
  timeRunsForward,
  acknowledgedKept,
  gatesPassed,
  soakKept,
  issuesKeptOut,
  approvedByOthers,
  bytesAsPublished,
  exposureRises,
  measuredBeforeRise,
  exposureEarned,
  holdsKept,
  oneActive,
  badNotOffered,
  rationKept,
  backToAGoodOne,
  offersPublished,
  offersGoForward,
  effectsRecordedOnce,
  reportsKept,
  stateIsTheLog,
  targetsAgree,
  completeEverywhere,
];
