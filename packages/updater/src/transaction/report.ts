import { type Identity, identityHeaders } from "../check/identity.ts";
import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";
import type { Holds } from "../holds/holds.ts";
import { installedManifest } from "../install/receipt.ts";
import { timestamp } from "../ports/clock.ts";
import type { Ports } from "../ports/ports.ts";
import type { Outbox, Report } from "../reports/outbox.ts";
import { isUntouched } from "./plan.ts";
import type { Failure, Transaction } from "./records.ts";

type Durations = Readonly<Record<string, number>>;

/** What an update leaves behind for others: reports for the server, and holds for the checks to come. All of it is on disk. */
export interface Reporting {
  begun(transaction: Transaction): Promise<void>;
  /** Only after confirmed health. */
  success(transaction: Transaction, tookMs: Durations): Promise<void>;
  /** Only after the old version's health was confirmed. */
  rolledBack(transaction: Transaction, tookMs: Durations): Promise<void>;
  /** An update whose server was away is put off. */
  failed(transaction: Transaction, failure: Failure, tookMs: Durations): Promise<void>;
  /** An offer that could not be taken because what came with it cannot be trusted. */
  refused(version: string, failure: Failure, installed: string | undefined): Promise<void>;
  /** What is installed was changed by hand; says nothing of the release. */
  altered(version: string, reason: string): Promise<void>;
  /** An offer that is not taken now: the server can let somebody else have it meanwhile. */
  deferred(
    version: string,
    details: { readonly reason: string; readonly code?: string },
    installed: string | undefined,
  ): Promise<void>;
}

export function openReporting(context: {
  readonly layout: Layout;
  readonly identity: Identity;
  readonly configuration: string;
  readonly ports: Ports;
  readonly outbox: Outbox;
  readonly holds: Holds;
  readonly onReport: () => void;
}): Reporting {
  const { layout, identity, configuration, ports, outbox, holds } = context;

  const put = async (
    id: string,
    installed: string | undefined,
    body: Pick<Report["body"], "version" | "status" | "details">,
  ): Promise<void> => {
    const report = {
      headers: identityHeaders(identity, installed),
      body: { ...body, timestamp: timestamp(ports.clock.now()) },
    };
    await withReserve(layout, () => outbox.put(id, report));
    context.onReport();
  };
  const details = ({ from, at, resumes }: Transaction, tookMs: Durations) => ({
    ...(from === undefined ? {} : { from }),
    durationMs: ports.clock.now() - at,
    ...(Object.keys(tookMs).length === 0 ? {} : { tookMs: { ...tookMs } }),
    ...(resumes === 0 ? {} : { resumes }),
  });
  const attemptOf = ({ to, manifest }: Transaction) => ({ version: to, manifest, configuration });

  return {
    begun: (transaction) =>
      put(`${transaction.id}-in-progress`, transaction.from, {
        version: transaction.to,
        status: "in-progress",
        details: details(transaction, {}),
      }),

    async success(transaction, tookMs) {
      const { id, from, to, cause, reason = "the server asked for it", code = "ROLLED_BACK_BY_HAND" } = transaction;
      if (cause === "rollback" && from !== undefined) {
        // Who goes back by hand does not want the same version again; what the server took back it will not offer.
        if (transaction.manifest === undefined) {
          const manifest = await installedManifest(layout, from);
          await withReserve(layout, () => holds.holdBack({ version: from, manifest, configuration }, code, reason));
        }
        await put(`${id}-rolled-back`, to, {
          version: from,
          status: "rolled-back",
          details: {
            reason,
            to,
            durationMs: ports.clock.now() - transaction.at,
            ...(transaction.manifest === undefined ? {} : { ordered: true }),
          },
        });
      }
      await withReserve(layout, () => holds.clear(to));
      await put(`${id}-completed`, to, { version: to, status: "completed", details: details(transaction, tookMs) });
    },

    async rolledBack(transaction, tookMs) {
      const { code, reason } = failureOf(transaction);
      await withReserve(layout, () => holds.holdBack(attemptOf(transaction), code, reason));
      await put(`${transaction.id}-rolled-back`, transaction.from, {
        version: transaction.to,
        status: "rolled-back",
        details: { code, reason, ...details(transaction, tookMs) },
      });
    },

    async failed(transaction, { code, reason, retryAfterMs }, tookMs) {
      const attempt = attemptOf(transaction);
      await withReserve(layout, () =>
        isUntouched(transaction)
          ? holds.postpone(attempt, { code, reason, retryAfterMs }, ports.clock.now())
          : holds.holdBack(attempt, code, reason),
      );
      // A server that is away says nothing of the release.
      const status = code === "SERVER_UNREACHABLE" ? "deferred" : "failed";
      await put(`${transaction.id}-${status}`, transaction.from, {
        version: transaction.to,
        status,
        details: { code, reason, ...details(transaction, tookMs) },
      });
    },

    refused: (version, { code, reason }, installed) =>
      put(`refused-${version}`, installed, { version, status: "failed", details: { code, reason } }),

    altered: (version, reason) =>
      put(`altered-${version}`, version, { version, status: "altered", details: { reason } }),

    deferred: (version, details, installed) =>
      put(`deferred-${version}`, installed, { version, status: "deferred", details }),
  };
}

function failureOf({ failure }: Transaction): Failure {
  return failure ?? { code: "HEALTH_CHECK_FAILED", reason: "not recorded" };
}
