import type { SealedEvent } from "@sluice/core/log/event.ts";
import { counts } from "./approvals.ts";
import type { Chronicle } from "./chronicle.ts";
import { approvalsOfPolicies } from "./policies.ts";

/** A rollback that somebody asked for and others have to approve, as far as the log tells of it. */
export interface ToldRequest {
  readonly id: string;
  readonly stage: string;
  readonly promotion: string;
  /** Where the stage is to go; undefined: to nothing. */
  readonly to: string | undefined;
  /** The release that whoever asked has named. */
  readonly asked: string | undefined;
  readonly by: string;
  readonly at: number;
  /** Who said yes → their groups. */
  readonly yes: Map<string, readonly string[]>;
  open: boolean;
}

/** A week, in ms: how long a request stands where nobody in particular is asked. */
const stands = 7 * 86_400_000;

/** What is told of such requests. Events of other kinds are none of its business. */
export function tellOfRequest(told: Chronicle, { type, data, actor }: SealedEvent, at: number): void {
  if (type === "RollbackRequested") {
    const { id, stage, promotion, to, asked } = data as Record<string, string | null | undefined>;
    told.requests.set(String(id), {
      id: String(id),
      stage: String(stage),
      promotion: String(promotion),
      to: to ?? undefined,
      asked: asked ?? undefined,
      by: actor,
      at,
      yes: new Map(),
      open: true,
    });
  }
  const carriedOut = type === "PromotionRolledBack" ? (data.request as { readonly id: string } | undefined) : undefined;
  const request = told.requests.get(carriedOut?.id ?? String(data.id));
  if (request === undefined) return;
  if (type === "RollbackApproved") request.yes.set(actor, data.groups as readonly string[]);
  if (type === "RollbackRejected" || type === "RollbackRequestLapsed" || carriedOut !== undefined) request.open = false;
}

/** The request that waits for approval in a stage. */
export function openRequest(told: Chronicle, stage: string): ToldRequest | undefined {
  return [...told.requests.values()].find((request) => request.open && request.stage === stage);
}

/** Whether what a person says of a rollback of a stage counts: whoever decides about entering it, or anybody where nobody is named. */
export function decides(told: Chronicle, stage: string, by: string, groups: readonly string[]): boolean {
  const asked = approvalsOf(told, stage);
  return asked.length === 0 || asked.some((one) => counts(one, by, groups));
}

/** Whether as many have said yes to a request as the stage asks for to enter it. */
export function isApproved(told: Chronicle, { stage, yes }: ToldRequest): boolean {
  const asked = approvalsOf(told, stage);
  if (asked.length === 0) return yes.size > 0;
  return asked.every((one) => {
    const counting = [...yes].filter(([by, groups]) => counts(one, by, groups));
    const has = (group: string) => counting.some(([, groups]) => groups.includes(group));
    return counting.length >= one.count && one.groups.every(has);
  });
}

/** When a request lapses that nobody has decided, ms since the epoch. */
export function lapsesAt(told: Chronicle, { stage, at }: ToldRequest): number {
  return at + Math.min(stands, ...approvalsOf(told, stage).map(({ expires }) => expires));
}

function approvalsOf(told: Chronicle, stage: string) {
  const gates = told.spec(stage)?.gates.flatMap(({ approval }) => approval ?? []) ?? [];
  return [...gates, ...approvalsOfPolicies(told, stage)];
}
