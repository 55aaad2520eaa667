import type { CheckKind } from "../life.ts";
import { after, openTransaction } from "../transaction.ts";

/** How an update ended, the server is told, and nothing else. */
export const toldTruly: CheckKind = {
  guards: "a server is told how each update ended, whatever the power does, and nothing that is not so",
  create({ server, disk }) {
    let told = openTransaction([]);
    const downloaded = new Set<string>();
    const ended = new Map<string, { readonly version: string; readonly status: string }>();
    const lie = () => {
      const liar = server.heard.find(({ version, status }) => status === "completed" && !works(version));
      return liar && `the server was told that ${liar.version} is well, and it is not`;
    };
    const works = (version: string) => ["good", "slow"].includes(server.of(version)?.kind ?? "");
    return {
      begins({ journal }) {
        told = openTransaction(journal);
      },
      instant: lie,
      line(line, safe) {
        const { open } = told;
        told = after(told, line);
        if (open !== undefined && line.kind === "downloaded") downloaded.add(open.to);
        // A server that is away says nothing of the release: the update is put off.
        const failed = line.code === "SERVER_UNREACHABLE" ? "deferred" : "failed";
        const status = { committed: "completed", "rolled-back": "rolled-back", failed }[line.kind];
        if (open === undefined || status === undefined) return undefined;
        const wasHeard = server.heard.some((one) => one.version === open.to && one.status === status);
        const outbox = safe().root.names.get("outbox");
        const waits =
          outbox?.kind === "folder" &&
          [...outbox.names.keys()].some((name) => name.endsWith(`-${open.id}-${status}.json`) && !name.startsWith("."));
        if (!wasHeard && !waits) return `${open.to} is ${line.kind}, and nobody is told when the power fails`;
        ended.set(open.id, { version: open.to, status });
        return undefined;
      },
      rest() {
        for (const { version, status } of ended.values()) {
          const heard = server.heard.filter((one) => one.version === version && one.status === status).length;
          const count = [...ended.values()].filter((one) => one.version === version && one.status === status).length;
          if (heard < count) return `${version} was ${status} ${count} times, and the server heard that ${heard} times`;
        }
        for (const version of downloaded)
          if (!server.heard.some((one) => one.version === version && one.status === "in-progress"))
            return `the server never heard that ${version} was begun`;
        const outbox = disk.root.names.get("outbox");
        const waits =
          outbox?.kind === "folder" ? [...outbox.names.keys()].filter((name) => !name.startsWith(".")).length : 0;
        return lie() ?? (waits > 0 ? `${waits} reports wait, and nothing keeps them` : undefined);
      },
    };
  },
};
