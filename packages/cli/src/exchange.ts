import { exitCodes, Failure, usage } from "./failure.ts";
import { readTextFile } from "./read-file.ts";
import type { Session } from "./session.ts";

/** How long a CI may take to say who a build is, in ms. */
const answerMs = 30_000;
/** Largest identity token that servers take, in bytes. */
const tokenBytesMax = 16_384;

/**
 * The identity token of the build that this runs in: from a file, from `SLUICE_ID_TOKEN` (GitLab's `id_tokens`), or asked of GitHub
 * Actions, which gives the address and the right to ask by its environment.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export async function identityToken(
  session: Session,
  { file, audience }: { readonly file: string | undefined; readonly audience: string | undefined },
): Promise<string> {
  const { env, signal } = session.io;
  if (file !== undefined) return (await readTextFile(session, file, tokenBytesMax)).trim();
  if (env.SLUICE_ID_TOKEN !== undefined) return env.SLUICE_ID_TOKEN.trim();
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: right } = env;
  if (url === undefined || right === undefined)
    throw usage(
      "There is no identity to exchange. In GitHub Actions, give the job `permissions: { id-token: write }`; in GitLab, name SLUICE_ID_TOKEN under id_tokens; elsewhere, name a file with --identity.",
    );
  if (audience === undefined) throw usage("Name this server as its rules do: --audience https://sluice.example.com");
  const asked = new URL(url);
  asked.searchParams.set("audience", audience);
  const none = (why: string, cause?: unknown) =>
    new Failure(exitCodes.failed, "NO_IDENTITY", `GitHub Actions gave no identity: ${why}.`, { cause });
  const response = await fetch(asked, {
    headers: { authorization: `Bearer ${right}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
  }).catch((error: unknown) => {
    throw none(`${asked.host} did not answer`, error);
  });
  const { value } = (await response.json().catch(() => ({}))) as { value?: unknown };
  if (typeof value === "string") return value;
  throw none(`it answered ${response.status}`);
}
