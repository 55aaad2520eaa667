import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { post } from "./post.ts";

const news = {
  topic: "overrides",
  level: "critical",
  stage: "production",
  version: "1.1.0",
  title: "OVERRIDE: shop 1.1.0 passes over the gates of production",
  text: "ann: it mends the fire\r\nBcc: everybody@example.com",
  app: "shop",
  seq: 41,
  at: "2026-11-21T10:50:04.120Z",
  actor: "ann",
} as const;

let server: SMTPServer;
let mails: { readonly to: string[]; readonly text: string }[];

beforeEach(async () => {
  mails = [];
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith("nobody") ? new Error("550 no such mailbox") : undefined),
    onData: (stream, { envelope }, done) => {
      text(stream).then((mail) => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text: mail });
        done();
      }, done);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

const send = (rest: string, user = "") => {
  const { port } = server.server.address() as AddressInfo;
  const signal = new AbortController().signal;
  return post("mail", `smtp://${user}127.0.0.1:${port}/${rest}`, news, { clock: systemClock, signal });
};

test("a mail server takes news as a mail of plain text, to everybody whom the address names", async () => {
  await send("?from=sluice@example.com&to=ops@example.com,qa@example.com");
  expect(mails).toMatchObject([{ to: ["ops@example.com", "qa@example.com"] }]);
  const [head = "", body = ""] = mails[0]?.text.split("\r\n\r\n") ?? [];
  expect(head).toMatch(/^Subject: OVERRIDE: shop 1\.1\.0 passes over the gates of production\r$/m);
  expect(head).toMatch(/^Sluice-Event: shop\/41\r$/m);
  expect(head).not.toMatch(/^Bcc:/m);
  expect(body).toContain("it mends the fire");
  expect(mails[0]?.text).toContain("by ann; event 41 of shop");
});

test.each([
  [
    "nobody has the mailbox",
    "?from=sluice@example.com&to=nobody@example.com",
    "",
    /^127\.0\.0\.1 did not take the mail/,
  ],
  ["a password would go without TLS", "?from=a@example.com&to=b@example.com", "ann:SECRET@", /did not take the mail/],
  ["it names nobody", "?from=sluice@example.com", "", /is not of the form smtps:/],
])("where %s, that is said without the address's secrets", async (_, rest, user, said) => {
  const error = await send(rest, user).catch((reason: unknown) => reason);
  expect(String((error as Error).message)).toMatch(said);
  expect(String((error as Error).message)).not.toMatch(/SECRET|example\.com&/);
  expect(mails).toEqual([]);
});
