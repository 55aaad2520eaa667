import { createTransport } from "nodemailer";
import type { News } from "./news.ts";

/** Longest that a mail server may take to be reached, and to say anything, ms. */
const timeoutMs = 10_000;

/**
 * Sends news as a mail of plain text. With a user, only over TLS.
 * @param address `smtps://USER:PASSWORD@HOST:PORT/?from=ADDRESS&to=ADDRESS,ADDRESS`; `smtp:` begins without TLS and takes it
 * where the server offers it (RFC 3207)
 * @throws Error that names the host alone: the rest of an address is its secret
 */
export async function mail(address: URL, news: News, signal: AbortSignal): Promise<void> {
  const { hostname, port, protocol, username, password, searchParams } = address;
  const from = searchParams.get("from");
  const to = searchParams.get("to");
  if (hostname === "" || from === null || to === null)
    throw new Error("its address is not of the form smtps://USER:PASSWORD@HOST/?from=ADDRESS&to=ADDRESS,ADDRESS");
  const secure = protocol === "smtps:";
  const transport = createTransport({
    host: hostname,
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...(username === ""
      ? {}
      : { requireTLS: true, auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  });
  const close = () => transport.close();
  signal.addEventListener("abort", close);
  try {
    const { title, text, app, seq, at, actor } = news;
    await transport.sendMail({
      from,
      to: to.split(","),
      subject: title,
      text: `${text}\n\n${at}, by ${actor}; event ${seq} of ${app}\n`,
      headers: { "Sluice-Event": `${app}/${seq}` },
    });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no reason";
    throw new Error(`${hostname} did not take the mail (${code})`);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
