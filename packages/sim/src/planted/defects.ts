import { apiDefects } from "./api-defects.ts";
import { coreDefects } from "./core-defects.ts";
import { evidenceDefects } from "./evidence-defects.ts";
import { feedDefects } from "./feed-defects.ts";
import { fileDefects } from "./file-defects.ts";
import { gateDefects } from "./gate-defects.ts";
import { outsideDefects } from "./outside-defects.ts";
import { rollbackDefects } from "./rollback-defects.ts";
import { rollbackRequestDefects } from "./rollback-request-defects.ts";
import { rolloutDefects } from "./rollout-defects.ts";
import { serverDefects } from "./server-defects.ts";
import { targetDefects } from "./target-defects.ts";
import { updaterDefects } from "./updater-defects.ts";

/** Every planted defect. One that is never seen means that a checker is missing. */
export const defects = [
  ...coreDefects,
  ...gateDefects,
  ...outsideDefects,
  ...rollbackDefects,
  ...rollbackRequestDefects,
  ...rolloutDefects,
  ...feedDefects,
  ...evidenceDefects,
  ...serverDefects,
  ...apiDefects,
  ...fileDefects,
  ...targetDefects,
  ...updaterDefects,
];
