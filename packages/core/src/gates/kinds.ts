import { approval } from "./approval.ts";
import { check } from "./check.ts";
import { checklist } from "./checklist.ts";
import { git } from "./git/git.ts";
import { minClients } from "./min-clients.ts";
import { noIssues } from "./no-issues.ts";
import { soak } from "./soak.ts";
import { testedIn } from "./tested-in.ts";
import { window } from "./window/window.ts";

/** Every gate that a pipeline can name, by its name. Each has a page in docs/gates. */
export const gateKinds = {
  soak,
  "no-issues": noIssues,
  "min-clients": minClients,
  "tested-in": testedIn,
  approval,
  check,
  checklist,
  git,
  window,
};

type Kinds = typeof gateKinds;
export type GateName = keyof Kinds;

/** What a pipeline's gate is made of: of each kind its schema. */
export const gateShape = Object.fromEntries(Object.entries(gateKinds).map(([name, { schema }]) => [name, schema])) as {
  readonly [Name in GateName]: Kinds[Name]["schema"];
};
