import type { Random } from "../../fleet/random.ts";
import type { Weather } from "../../world/faults.ts";
import { approvers } from "../people.ts";
import { comesWith, type Focus } from "./focus.ts";

const hour = 3_600_000;

/** What a history that is about one thing has otherwise than others: many releases, and little beside. */
export function drawSmall(focus: Focus, random: Random) {
  const paysWithEvidence = focus === "evidence";
  const clients = paysWithEvidence ? 8 + random.below(32) : 1 + random.below(focus === "waves" ? 12 : 4);
  return {
    clientsPerStage: clients,
    days: 3 + random.below(3),
    publishEveryMs: ((comesWith(focus, "waits") || focus === "rollback-requests" ? 6 : 2) + random.below(12)) * hour,
    agents: random.chance(0.8) ? 0 : 1,
    eager: focus === "rollback-requests" ? approvers : [],
    ...(focus === "servers" ? { servers: 2, leases: random.chance(0.7) } : {}),
    ...(paysWithEvidence ? { badReleases: 0.3 + random.fraction() * 0.4 } : {}),
  };
}

/** What goes wrong in a history that is about what goes wrong. */
export function drawStorm(focus: Focus, random: Random): Partial<Weather> {
  const share = (least: number, most: number) => least + random.fraction() * (most - least);
  if (focus === "servers")
    return {
      crash: share(0.03, 0.13),
      stall: share(0.05, 0.25),
      diskFull: share(0.02, 0.07),
      publishingFails: share(0.02, 0.07),
      answerLost: share(0, 0.1),
    };
  if (focus === "analysis") return { monitorFails: share(0.1, 0.5) };
  return focus === "targets" ? { targetsFail: share(0.1, 0.4) } : {};
}
