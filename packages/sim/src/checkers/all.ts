import { acknowledgedKept } from "./acknowledged-kept.ts";
import { answeredByRight } from "./answered-by-right.ts";
import { answeredIsDone } from "./answered-is-done.ts";
import { askedAgain } from "./asked-again.ts";
import { backToTheRightOne } from "./back-to-the-right-one.ts";
import { badNotOffered } from "./bad-not-offered.ts";
import { bytesAsPublished } from "./bytes-as-published.ts";
import type { CheckerKind } from "./checker.ts";
import { completeEverywhere } from "./complete-everywhere.ts";
import { decisionsEnd } from "./decisions-end.ts";
import { doneByRight } from "./done-by-right.ts";
import { downloadsKept } from "./downloads-kept.ts";
import { driftTold } from "./drift-told.ts";
import { eachFactFollows } from "./each-fact-follows.ts";
import { effectsRecordedOnce } from "./effects-recorded-once.ts";
import { enteredRightly } from "./entered-rightly.ts";
import { exposureEarned } from "./exposure-earned.ts";
import { exposurePaid } from "./exposure-paid.ts";
import { exposureRises } from "./exposure-rises.ts";
import { failuresActedOn } from "./failures-acted-on.ts";
import { followsTheLog } from "./follows-the-log.ts";
import { foundAsItWas } from "./found-as-it-was.ts";
import { gatesPassed } from "./gates-passed.ts";
import { happensInTime } from "./happens-in-time.ts";
import { harmStopped } from "./harm-stopped.ts";
import { holdsKept } from "./holds-kept.ts";
import { issuesKeptOut } from "./issues-kept-out.ts";
import { leftBehindGoesAlong } from "./left-behind-goes-along.ts";
import { letInByTheLeader } from "./let-in-by-the-leader.ts";
import { letInOnce } from "./let-in-once.ts";
import { logIsWhole } from "./log-is-whole.ts";
import { machinesWhole } from "./machines-whole.ts";
import { measuredAsAnswered } from "./measured-as-answered.ts";
import { measuredBeforeRise } from "./measured-before-rise.ts";
import { newcomersBounded } from "./newcomers-bounded.ts";
import { nothingLingers } from "./nothing-lingers.ts";
import { nothingUnforeseen } from "./nothing-unforeseen.ts";
import { offeredAsTold } from "./offered-as-told.ts";
import { offersGoForward } from "./offers-go-forward.ts";
import { offersPublished } from "./offers-published.ts";
import { oneActive } from "./one-active.ts";
import { oneLeads } from "./one-leads.ts";
import { peopleTold } from "./people-told.ts";
import { plansTold } from "./plans-told.ts";
import { rationKept } from "./ration-kept.ts";
import { readsAgree } from "./reads-agree.ts";
import { reportsKept } from "./reports-kept.ts";
import { rollbacksApproved } from "./rollbacks-approved.ts";
import { rulesAdopted } from "./rules-adopted.ts";
import { secretsKept } from "./secrets-kept.ts";
import { servedAsTold } from "./served-as-told.ts";
import { signedAnew } from "./signed-anew.ts";
import { soakKept } from "./soak-kept.ts";
import { stateAsTold } from "./state-as-told.ts";
import { stateIsTheLog } from "./state-is-the-log.ts";
import { steeredAsAsked } from "./steered-as-asked.ts";
import { targetsAgree } from "./targets-agree.ts";
import { targetsFollow } from "./targets-follow.ts";
import { targetsHeard } from "./targets-heard.ts";
import { timeRunsForward } from "./time-runs-forward.ts";
import { tokensAsGiven } from "./tokens-as-given.ts";
import { triedOnce } from "./tried-once.ts";
import { wavesKept } from "./waves-kept.ts";
import { wayBackKept } from "./way-back-kept.ts";
import { wentOnRightly } from "./went-on-rightly.ts";

/** Everything that must hold after every step of every history. */
export const checkers: readonly CheckerKind[] = [
  logIsWhole,
  timeRunsForward,
  acknowledgedKept,
  gatesPassed,
  foundAsItWas,
  soakKept,
  issuesKeptOut,
  bytesAsPublished,
  exposureRises,
  measuredAsAnswered,
  measuredBeforeRise,
  failuresActedOn,
  exposureEarned,
  exposurePaid,
  holdsKept,
  wavesKept,
  wayBackKept,
  oneActive,
  oneLeads,
  badNotOffered,
  rationKept,
  offersPublished,
  offersGoForward,
  effectsRecordedOnce,
  reportsKept,
  stateIsTheLog,
  targetsAgree,
  targetsHeard,
  targetsFollow,
  driftTold,
  plansTold,
  peopleTold,
  signedAnew,
  followsTheLog,
  completeEverywhere,
  enteredRightly,
  wentOnRightly,
  nothingLingers,
  backToTheRightOne,
  rollbacksApproved,
  eachFactFollows,
  stateAsTold,
  servedAsTold,
  offeredAsTold,
  leftBehindGoesAlong,
  askedAgain,
  letInByTheLeader,
  letInOnce,
  newcomersBounded,
  rulesAdopted,
  machinesWhole,
  happensInTime,
  triedOnce,
  decisionsEnd,
  answeredByRight,
  doneByRight,
  answeredIsDone,
  steeredAsAsked,
  tokensAsGiven,
  secretsKept,
  readsAgree,
  harmStopped,
  downloadsKept,
  nothingUnforeseen,
];
