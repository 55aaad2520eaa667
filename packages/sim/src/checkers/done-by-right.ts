import { accessStream } from "@sluice/core/access/tokens.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Api } from "../api/api.ts";
import type { Attempt, Call } from "../api/call.ts";
import { aboutWhat, askedFor, markIn, mayFollowFrom } from "../chronicle/deeds.ts";
import { rightOf } from "../chronicle/rights.ts";
import { approvers, publisher } from "../history/people.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** Something in a log that somebody must have asked for. */
interface Deed {
  readonly event: SealedEvent;
  readonly log: "application" | "server";
}

/** Who also gives commands to a server without its routes. */
const otherwise = [...approvers, publisher, "sluice", "admin"];

/** What is in the logs in somebody's name they asked for, with the right to it, as often as it is there; and were not refused. */
export const doneByRight: CheckerKind = {
  guards: "nobody changes anything but by a request that was theirs to make, once for each, and was not refused",
  create() {
    const seen = { application: 0, server: 0 };
    const callers = new Set<string>();
    /** What nothing is known of for certain yet: whoever asked for it has no answer. */
    let open: Deed[] = [];
    return (world) => {
      const { api } = world;
      if (api === undefined) return undefined;
      const logs = { application: world.log(), server: world.log(accessStream) };
      for (const { type, data } of logs.server.slice(seen.server))
        if (type === "TokenCreated" && !otherwise.includes(String(data.name))) callers.add(String(data.name));
      for (const log of ["application", "server"] as const) {
        for (const event of logs[log].slice(seen[log])) {
          const isAsked = callOf(api, event) !== undefined;
          if (isAsked || callers.has(event.actor) || (log === "server" && isToken(event))) open.push({ event, log });
        }
        seen[log] = logs[log].length;
      }
      const left: Deed[] = [];
      for (const deed of open) {
        const found = justify(world, api, deed);
        if (typeof found === "string") {
          const { seq, type, actor } = deed.event;
          return `event ${seq} of the ${deed.log}, ${type} by ${actor}: ${found}`;
        }
        if (!found.certain) left.push(deed);
      }
      open = left;
      return undefined;
    };
  },
};

function isToken({ type, actor }: SealedEvent): boolean {
  return (type === "TokenCreated" || type === "TokenRevoked") && actor !== "sluice";
}

/** The call whose reason it gives. A fact that other things lead to may repeat it. */
function callOf(api: Api, event: SealedEvent): Call | undefined {
  const mark = markIn(event);
  const call = mark === undefined ? undefined : api.callOf(mark);
  return call !== undefined && mayFollowFrom(event).includes(call.ask.kind) ? call : undefined;
}

/** What explains it, or what is wrong with it. */
function justify(world: World, api: Api, deed: Deed): { readonly certain: boolean } | string {
  const { event } = deed;
  const call = callOf(api, event);
  if (call !== undefined && call.grant?.name !== event.actor)
    return `${call.grant?.name ?? "somebody without a token"} asked for it`;
  const groups = event.data.groups;
  if (call !== undefined && groups !== undefined && String(groups) !== String(call.grant?.groups ?? []))
    return `it counts them to "${groups}", and their token is of "${call.grant?.groups ?? ""}"`;
  const from = call === undefined ? asksOf(api, deed) : call.attempts.filter((one) => fits(deed, one));
  const allowed = from.filter((attempt) => ["allowed", "either"].includes(rightOf(world, attempt)));
  if (allowed.length === 0) return from.length === 0 ? "nobody asked for it" : "they had no right to it";
  const times = call?.attempts.filter((attempt) => !isRefused(attempt)).length ?? 0;
  if (call !== undefined && event.data.cause === undefined && timesOf(world, deed, call) > times)
    return `it is there more often than it was asked for, ${times} times`;
  return { certain: allowed.every(({ answer, isOpen }) => answer !== undefined || !isOpen()) };
}

/** The requests without a mark that may have led to it. */
function asksOf(api: Api, deed: Deed): Attempt[] {
  const { actor } = deed.event;
  return api.attempts.filter((attempt) => {
    const { grant, ask } = attempt.call;
    if (ask.kind === "Exchange") return deed.event.data.ofBuild === true && fits(deed, attempt);
    return grant?.name === actor && fits(deed, attempt);
  });
}

/** Whether an attempt was under way then, was not refused, and is of what the fact is about. */
function fits({ event, log }: Deed, { call, answer, ...arrived }: Attempt): boolean {
  const { ask } = call;
  const [from, to] = log === "server" ? [arrived.serverSeq, answer?.serverSeq] : [arrived.seq, answer?.seq];
  if (event.seq <= from || event.seq > (to ?? Number.POSITIVE_INFINITY)) return false;
  if (isRefused({ answer }) || ask.method === "GET") return false;
  const kinds = askedFor(event);
  if (kinds === undefined) return true;
  if (!kinds.includes(ask.kind)) return false;
  const about = aboutWhat(event);
  return about === undefined || ask.kind === "Exchange" || ask.subject.split(" ")[0] === about;
}

function isRefused({ answer }: { readonly answer?: Attempt["answer"] | undefined }): boolean {
  return answer !== undefined && answer.status >= 300 && answer.status < 500;
}

function timesOf(world: World, { event, log }: Deed, { mark }: Call): number {
  const events = log === "server" ? world.log(accessStream) : world.log();
  return events.filter((other) => other.type === event.type && markIn(other) === mark).length;
}
