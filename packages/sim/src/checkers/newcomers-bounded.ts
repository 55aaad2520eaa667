import type { UpdateCheck } from "@sluice/server/http/check/check.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { CheckerKind } from "./checker.ts";

const atFirst = 2;
const forEachReport = 3;

interface Network {
  readonly letIn: Set<string>;
  readonly reported: Set<string>;
}

/** One address, or one network of addresses, gets two clients in at a server, and three more for each of its clients that has said how it went. */
export const newcomersBounded: CheckerKind = {
  guards: "who makes up clients gets no more in than its reports have earned",
  create() {
    const told = new Chronicle();
    let [seenAdmissions, seenDownloads] = [0, 0];
    /** Server → stage, version and network. */
    const servers = new Map<UpdateCheck, Map<string, Network>>();
    const networkAt = (check: UpdateCheck, key: string): Network => {
      const networks = servers.get(check) ?? new Map<string, Network>();
      servers.set(check, networks);
      const network = networks.get(key) ?? { letIn: new Set(), reported: new Set() };
      networks.set(key, network);
      return network;
    };
    return (world, fleet) => {
      told.readTo(world, world.log().length);
      const addresses = new Map(fleet.clients.map(({ id, address }) => [id, address]));
      for (const download of fleet.checks.downloads.slice(seenDownloads)) {
        const address = addresses.get(download.client);
        if (download.kind !== "ended" || address === undefined) continue;
        const { check, channel, version, client } = download;
        networkAt(check, `${channel} ${version} ${networkOf(address)}`).reported.add(client);
      }
      seenDownloads = fleet.checks.downloads.length;
      const fresh = world.admissions.slice(seenAdmissions);
      seenAdmissions = world.admissions.length;
      for (const { promotion, client, check } of fresh) {
        const address = addresses.get(client);
        const { stage, version, otherPipeline } = told.promotions.get(promotion) ?? {};
        // Under another pipeline it may have been no rollout of this kind for a while.
        if (otherPipeline !== false || check === undefined || address === undefined || address.startsWith("127."))
          continue;
        // Whoever was let in to an earlier rollout of the release may have earned more.
        const rollouts = [...told.promotions.values()].filter((one) => one.stage === stage && one.version === version);
        const { letIn, reported } = networkAt(check, `${stage} ${version} ${networkOf(address)}`);
        letIn.add(client);
        // A server to which its disk tells that it failed to let somebody in, and did not fail, has let nobody in as far as it knows.
        if (world.faults.weather.answerLost > 0) continue;
        if (rollouts.length === 1 && letIn.size > atFirst + forEachReport * reported.size)
          return `${letIn.size} clients of ${networkOf(address)} were let in to ${promotion}, and ${reported.size} have reported`;
      }
      return undefined;
    };
  },
};

function networkOf(address: string): string {
  return address.includes(":") ? address.split(":").slice(0, 4).join(":") : address;
}
