import type { RollbackRequestFact } from "../../application/events/rollback-request.ts";
import type { ApplicationEvent } from "../../application/events.ts";
import { unreachable } from "../../errors/unreachable.ts";
import type { IncidentMoment } from "./moment.ts";

type RequestEvent = Extract<ApplicationEvent, RollbackRequestFact>;

/** Every fact about a rollback that somebody asked for. */
export const requestTypes = [
  "RollbackRequested",
  "RollbackApproved",
  "RollbackRejected",
  "RollbackApprovalVoided",
  "RollbackRequestLapsed",
] as const satisfies RequestEvent["type"][];

/** Whether an event is about a rollback that somebody asked for. */
export function isOfRequest(event: ApplicationEvent): event is RequestEvent {
  return requestTypes.some((type) => type === event.type);
}

/** What was asked or said of a rollback, as a line of an incident's timeline. */
export function requestMoment(event: RequestEvent): Pick<IncidentMoment, "what" | "text"> {
  const { id } = event.data;
  switch (event.type) {
    case "RollbackRequested": {
      const { stage, to, reason } = event.data;
      return { what: "rollback-requested", text: `${id} asked that ${stage} go back to ${to ?? "nothing"}: ${reason}` };
    }
    case "RollbackApproved":
      return { what: "rollback-approved", text: `${event.actor} approved ${id}${said(event.data.comment)}` };
    case "RollbackRejected":
      return { what: "rollback-rejected", text: `${event.actor} rejected ${id}${said(event.data.comment)}` };
    case "RollbackApprovalVoided":
      return {
        what: "rollback-approval-voided",
        text: `the approval of ${id} by ${event.data.approver} counted no more: ${event.data.reason}`,
      };
    case "RollbackRequestLapsed":
      return { what: "rollback-request-lapsed", text: `${id} was void: ${event.data.reason}` };
    default:
      return unreachable(event);
  }
}

function said(text: string): string {
  return text === "" ? "" : `: ${text}`;
}
