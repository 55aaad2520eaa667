import { type Measurements, offersOf } from "../../analysis/measurement.ts";
import { grantsOf } from "../../application/grants.ts";
import type { AppState, RollingPromotion } from "../../application/state.ts";
import type { Stage } from "../../pipeline/schema.ts";
import { fullExposure } from "../../rollout/bucket.ts";
import { unlimited } from "../../rollout/evidence/ration.ts";
import type { Member } from "../../rollout/groups.ts";
import { countedGroups } from "../../rollout/waves/wave-of.ts";
import { type Millis, rfc3339 } from "../../time/instant.ts";

/** A client's offer in a rollout that pays with evidence. */
export interface ClientOffer {
  /** Its place in the order, from 0 on. */
  readonly no: number;
  readonly at: Millis;
  /** The client deferred it: it spends nothing until the client asks again. */
  readonly givenBack: boolean;
}

/** How a client stands with a rollout that lets clients in one by one. */
export interface ClientAdmission {
  readonly promotion: string;
  /** It was let in, and gets the same answer again. */
  readonly letIn: boolean;
  /** RFC 3339: when it was. */
  readonly at?: string;
  /** The how manieth it was, from 1 on. */
  readonly number?: number;
  /** How many clients were let in. */
  readonly offered: number;
  /** How many may be at risk at once; null: any number. Absent: nothing was granted yet. */
  readonly ration?: number | null;
  /** How many have the release and have not reported; absent: nobody counted. */
  readonly inFlight?: number;
  /** How many more of its kind may be let in now; null: any number. */
  readonly room: number | null;
  /** The groups that it belongs to, with their own room. */
  readonly groups: readonly { readonly group: string; readonly room: number | null }[];
}

/** How a client stands with the rollout of a stage; undefined where that does not let clients in one by one, or no longer. */
export function admissionFor(
  state: AppState,
  stage: Stage,
  rolling: RollingPromotion,
  client: { readonly member: Member; readonly offer: ClientOffer | undefined },
  measurements: Measurements | undefined,
  now: Millis,
): ClientAdmission | undefined {
  const rules = stage.rollout.evidence;
  if (rules === undefined || rolling.exposure.basisPoints >= fullExposure) return undefined;
  if (rolling.admission === "share") return undefined;
  const { offer, member } = client;
  const offers = offersOf(measurements, rolling.id);
  const grant = measurements && grantsOf(state, measurements, now).find(({ promotion }) => promotion === rolling.id);
  const left = (limit: number, offered: number) => (limit >= unlimited ? null : Math.max(0, limit - offered));
  const groups = countedGroups(member, rules.groups, rolling.waves).map((group) => ({
    group,
    room: left(grant?.byGroup[group] ?? grant?.unseenGroup ?? 0, offers?.offeredByGroup[group] ?? 0),
  }));
  const letIn = offer !== undefined && !offer.givenBack;
  return {
    promotion: rolling.id,
    letIn,
    ...(letIn ? { at: rfc3339(offer.at), number: offer.no + 1 } : {}),
    offered: offers?.offered ?? 0,
    ...(rolling.ration === undefined ? {} : { ration: rolling.ration }),
    ...(offers === undefined ? {} : { inFlight: offers.counts.inFlight }),
    room: least([left(grant?.total ?? 0, offers?.offered ?? 0), ...groups.map(({ room }) => room)]),
    groups,
  };
}

function least(rooms: readonly (number | null)[]): number | null {
  const limited = rooms.filter((room) => room !== null);
  return limited.length === 0 ? null : Math.min(...limited);
}
