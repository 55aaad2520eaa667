import { type BrokenLink, emptyHead, type Head, isBroken, verifyChain } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";

/** What the signed feed of a channel says of the log that it follows from. */
export interface Anchor extends Head {
  readonly channel: string;
}

/** A place at which a log is not what it should be. */
export interface Break {
  readonly seq: number;
  readonly reason: BrokenLink["reason"] | string;
}

/** The verdict on one log. */
export interface LogVerdict {
  readonly app: string;
  readonly ok: boolean;
  /** Events whose hashes were recomputed and hold. */
  readonly events: number;
  /** The last event that holds. */
  readonly head: Head;
  /** The channels whose signed feeds bear the log out. */
  readonly anchored: readonly string[];
  /** The first link that does not hold. */
  readonly broken?: Break;
}

/**
 * Recomputes a log's chain from its first event, and holds it against what the signed feeds say of it.
 * @param pages the whole log, in order; read after the anchors, so that it cannot be shorter by honest means
 */
export async function verifyLog(
  app: string,
  pages: AsyncIterable<readonly SealedEvent[]>,
  anchors: readonly Anchor[],
): Promise<LogVerdict> {
  let head: Head = emptyHead;
  const anchored: string[] = [];
  const verdict = (broken?: Break): LogVerdict => ({
    app,
    ok: broken === undefined,
    events: head.seq,
    head,
    anchored,
    ...(broken === undefined ? {} : { broken }),
  });
  for await (const page of pages) {
    const result = verifyChain(app, head, page);
    if (isBroken(result)) {
      const whole = verifyChain(app, head, page.slice(0, Math.max(0, result.seq - head.seq - 1)));
      if (!isBroken(whole)) head = whole;
      return verdict(result);
    }
    for (const { channel, seq, hash } of anchors) {
      if (seq <= head.seq || seq > result.seq) continue;
      if (page.find((event) => event.seq === seq)?.hash !== hash)
        return verdict({ seq, reason: `the signed feed of ${channel} follows from another event of this number` });
      anchored.push(channel);
    }
    head = result;
  }
  const beyond = anchors.find(({ seq }) => seq > head.seq);
  return beyond === undefined
    ? verdict()
    : verdict({
        seq: head.seq + 1,
        reason: `the log ends here, but the signed feed of ${beyond.channel} follows from ${beyond.seq} events: the end was cut off`,
      });
}
