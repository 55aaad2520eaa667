import type { ForgeFact } from "../forge/forge.ts";
import type { CheckFact } from "./events/check.ts";
import type { EffectFact } from "./events/effect.ts";
import type { IssueFact } from "./events/issue.ts";
import type { PipelineFact } from "./events/pipeline.ts";
import type { PromotionFact } from "./events/promotion.ts";
import type { Recorded } from "./events/recorded.ts";
import type { ReleaseFact } from "./events/release.ts";
import type { RollbackFact } from "./events/rollback.ts";
import type { RollbackRequestFact } from "./events/rollback-request.ts";
import type { RolloutFact } from "./events/rollout.ts";
import type { StageFact } from "./events/stage.ts";

/** Everything that can happen to an application. The log is a sequence of these; state is a fold over it. */
export type ApplicationFact =
  | ForgeFact
  | ReleaseFact
  | PipelineFact
  | PromotionFact
  | RolloutFact
  | RollbackFact
  | RollbackRequestFact
  | CheckFact
  | StageFact
  | IssueFact
  | EffectFact;

export type ApplicationFactType = ApplicationFact["type"];

/** A fact of an application, as it stands in the log. */
export type ApplicationEvent = Recorded<ApplicationFact>;
