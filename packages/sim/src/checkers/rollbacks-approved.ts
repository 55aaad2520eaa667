import type { SealedEvent } from "@sluice/core/log/event.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { decides, isApproved, lapsesAt, openRequest, type ToldRequest } from "../chronicle/rollback-requests.ts";
import { goesAsAsked } from "../chronicle/way-back.ts";
import type { CheckerKind } from "./checker.ts";

/**
 * A rollback that one person asks for and others approve: asked for once at a time, answered by who decides about the stage and did not ask,
 * carried out with the last yes that it needs and in no other way than was asked for, and void as soon as it would go another way.
 */
export const rollbacksApproved: CheckerKind = {
  guards: "a rollback that was asked for is carried out when enough others have approved it, as it was asked for",
  create() {
    const told = new Chronicle();
    /** What has to follow at once: the rollback of this request. */
    let owed: ToldRequest | undefined;
    /** What the last event was part of. */
    let carried: ToldRequest | undefined;
    return (world) => {
      const wrong = told.readOn(world, (event) => {
        const { type, data } = event;
        const carriedOut =
          type === "PromotionRolledBack" ? (data.request as { id: string } | undefined)?.id : undefined;
        if (owed !== undefined && carriedOut !== owed.id) return `enough have approved ${owed.id}, and nothing follows`;
        if (carried !== undefined && carriedOut !== carried.id) {
          const { live } = told.stage(carried.stage);
          if (live !== carried.to)
            return `${carried.id} asked for ${carried.to ?? "nothing"}, and ${live ?? "nothing"} is live`;
        }
        const before = carried;
        const request = told.requests.get(carriedOut ?? String(data.id));
        owed = undefined;
        carried = carriedOut === undefined ? undefined : request;
        if (type === "RollbackRequested") return askedWrongly(told, event);
        if (carriedOut !== undefined) return before === request ? undefined : carriedOutWrongly(told, event, request);
        if (request === undefined) return undefined;
        if (!["RollbackApproved", "RollbackRejected", "RollbackRequestLapsed"].includes(type)) return undefined;
        if (!request.open) return `${request.id} is closed`;
        if (type === "RollbackRequestLapsed") return lapsedWrongly(told, event, request);
        if (type === "RollbackApproved") {
          const yes = new Map(request.yes).set(event.actor, data.groups as readonly string[]);
          if (isApproved(told, { ...request, yes })) owed = request;
        }
        return answeredWrongly(told, event, request);
      });
      if (wrong !== undefined) return wrong;
      for (const { name } of told.stages) {
        const request = openRequest(told, name);
        if (request !== undefined && !goesAsAsked(told, request))
          return `${request.id} waits for approval, and ${name} would go another way by now`;
      }
      return undefined;
    };
  },
};

function askedWrongly(told: Chronicle, { data, actor, at }: SealedEvent): string | undefined {
  const [id, stage] = [String(data.id), String(data.stage)];
  if (told.requests.has(id)) return `${id} was asked for before`;
  const open = openRequest(told, stage);
  if (open !== undefined) return `${open.id} waits there already`;
  const to = data.to === null ? undefined : String(data.to);
  const asked = data.asked === undefined ? undefined : String(data.asked);
  const promotion = String(data.promotion);
  const request = { id, stage, promotion, to, asked, by: actor, at: Date.parse(at), yes: new Map(), open: true };
  return goesAsAsked(told, request) ? undefined : `${stage} would not go from ${promotion} to ${to ?? "nothing"}`;
}

function answeredWrongly(told: Chronicle, { type, data, actor, at }: SealedEvent, request: ToldRequest) {
  const { id, stage, by, yes } = request;
  if (Date.parse(at) >= lapsesAt(told, request)) return `${id} has lapsed`;
  if (type === "RollbackApproved" && by === actor) return `${actor} asked for ${id}`;
  if (type === "RollbackApproved" && yes.has(actor)) return `${actor} has approved ${id} before`;
  if (by === actor || decides(told, stage, actor, data.groups as readonly string[])) return undefined;
  return `${actor} is not among those who decide about ${stage}`;
}

function lapsedWrongly(told: Chronicle, { at }: SealedEvent, request: ToldRequest): string | undefined {
  if (Date.parse(at) >= lapsesAt(told, request) || !goesAsAsked(told, request)) return undefined;
  return `${request.id} stands, and nothing has changed`;
}

function carriedOutWrongly(told: Chronicle, { data, actor }: SealedEvent, request: ToldRequest | undefined) {
  if (request === undefined) return "nobody asked for it";
  const { id, promotion, yes, open } = request;
  if (!open) return `${id} is closed`;
  if (data.id !== promotion) return `${id} is about ${promotion}`;
  if (!isApproved(told, request))
    return `${[...yes.keys()].join(", ") || "nobody"} approved ${id}, which is not enough`;
  const said = data.request as { readonly by: string; readonly approvals: readonly { readonly by: string }[] };
  const names = said.approvals.map((one) => one.by).join();
  const isTrue = said.by === request.by && names === [...yes.keys()].join() && yes.has(actor);
  return isTrue ? undefined : `${id} was asked for by ${request.by} and approved by ${[...yes.keys()].join()}`;
}
