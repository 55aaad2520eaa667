import { systemCode } from "../disk/failure.ts";
import { UpdaterError } from "../errors.ts";

/**
 * What tuf-js says → what it means for a person. tuf-js does not export its error classes and turns some errors into texts, so the
 * texts are all there is; whatever is not recognised is refused just the same.
 */
const meanings: readonly (readonly [RegExp, (feeds: string) => string])[] = [
  [
    // TUF 1.0 clauses 5.3.10, 5.4.4, 5.5.6, 5.6.5
    /is expired/,
    (feeds) =>
      `The signed metadata at ${feeds} has expired: the server stopped signing, somebody holds newer updates back (a freeze attack), ` +
      `or this machine's clock is wrong (it says ${new Date().toISOString()})`,
  ],
  [
    // TUF 1.0 clauses 5.3.5, 5.4.3, 5.5.5
    /is less than current version|^Expected version \d+, got|Missing file .* in new snapshot/,
    (feeds) =>
      `${feeds} was rolled back: it is older than what this client has already seen. Somebody serves old files, or the server was ` +
      "restored from an old backup",
  ],
  [
    // TUF 1.0 clauses 5.3.4, 5.4.2, 5.5.3, 5.6.3
    /was signed by \d+\/\d+ keys/,
    (feeds) =>
      `What is at ${feeds} is not signed with the keys that this client trusts: it was changed, or it belongs to another application or ` +
      "server. If the server was really set up anew, install its root again",
  ],
  [
    // TUF 1.0 clauses 5.5.2, 5.5.4, 5.6.2, 5.6.4
    /Expected (?:length|hash) |does not match snapshot version|doesn't match timestamp/,
    (feeds) => `The parts of ${feeds} do not belong together: one was changed or replaced after it was signed`,
  ],
];

/**
 * Says why a refresh ended.
 * @param feeds the address that was asked
 * @param failure why the last fetch failed, if it did
 */
export function refusal(feeds: string, failure: UpdaterError | undefined, error: unknown): UpdaterError {
  if (failure !== undefined) return failure;
  const text = error instanceof Error ? error.message : String(error);
  if (systemCode(error) !== undefined || text.startsWith("Failed to persist"))
    return new UpdaterError("STATE_UNUSABLE", `What was verified cannot be kept: ${text}`, { cause: error });
  const meaning = meanings.find(([pattern]) => pattern.test(text))?.[1];
  const message = meaning?.(feeds) ?? `What is at ${feeds} is not signed metadata`;
  return new UpdaterError("UNTRUSTED", `${message} (${text})`, { cause: error });
}
