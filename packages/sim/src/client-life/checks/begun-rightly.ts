import type { JournalLine } from "../found.ts";
import type { CheckKind, Life } from "../life.ts";
import { allowed } from "../server.ts";
import { after, openTransaction } from "../transaction.ts";

const firstWaitMs = 60_000;
const longestWaitMs = 24 * 3_600_000;

interface Attempts {
  /** Not again, for good. */
  readonly over: boolean;
  readonly failures: number;
  readonly failedAt: number;
}

/** What is begun is on offer by the signed feed, and was not given up here. */
export const begunRightly: CheckKind = {
  guards:
    "a client takes what the signed feed offers it, nothing that was rolled back there, and what failed only after a while",
  create(life) {
    let told = openTransaction([]);
    const tried = new Map<string, Attempts>();
    return {
      begins({ journal }) {
        told = openTransaction(journal);
      },
      line(line) {
        const { open, installed } = told;
        told = after(told, line);
        if (line.kind === "begun") return wrong(life, line, installed, tried);
        if (open !== undefined) note(life, open, line, tried);
        return undefined;
      },
    };
  },
};

type Open = NonNullable<ReturnType<typeof openTransaction>["open"]>;

function note(
  { clock }: Life,
  { to, from, isRollback, isOrdered, phase }: Open,
  { kind }: JournalLine,
  tried: Map<string, Attempts>,
): void {
  const failedAt = clock.now();
  if (kind === "committed") {
    tried.delete(to);
    if (isRollback && !isOrdered && from !== undefined) tried.set(from, { over: true, failures: 1, failedAt });
  }
  if (kind !== "failed" && kind !== "rolled-back") return;
  const untouched = phase === "begun" || phase === "downloaded" || phase === "installed";
  tried.set(to, { over: kind === "rolled-back" || !untouched, failures: (tried.get(to)?.failures ?? 0) + 1, failedAt });
}

function wrong(
  { server, clock }: Life,
  { to = "", from, manifest }: JournalLine,
  installed: string | undefined,
  tried: ReadonlyMap<string, Attempts>,
): string | undefined {
  if (from !== installed) return `${to} is begun from ${from}, and ${installed} is installed`;
  // A person asked for the way back.
  if (manifest === undefined) return undefined;
  const refused = server.read === undefined ? "no feed was read" : allowed(server.read, from, to, manifest);
  if (refused !== undefined) return `${to} is begun from ${from}: ${refused}`;
  const attempts = tried.get(to);
  if (attempts === undefined) return undefined;
  if (attempts.over) return `${to} is tried again, which was taken back here`;
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempts.failures - 1));
  const waitedMs = clock.now() - attempts.failedAt;
  return waitedMs < waitMs
    ? `${to} is tried again ${waitedMs} ms after it failed ${attempts.failures} times`
    : undefined;
}
