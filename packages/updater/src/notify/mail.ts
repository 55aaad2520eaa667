import { createTransport } from "nodemailer";
import type { UpdateNotification } from "./notification.ts";

/** How mail leaves this machine. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server has it. */
  readonly secure: boolean;
  readonly from: string;
  readonly user?: string | undefined;
  /** Read for each message. */
  readonly password?: (() => Promise<string>) | undefined;
}

/** Sends a notification as a mail of plain text. @throws Error when the server does not take it */
export async function sendMail(
  server: MailServer,
  to: readonly string[],
  notification: UpdateNotification,
  machine: string,
): Promise<void> {
  const { host, port, secure, from, user, password } = server;
  const auth = user === undefined ? {} : { auth: { user, pass: (await password?.()) ?? "" } };
  const transport = createTransport({ host, port, secure, connectionTimeout: 10_000, socketTimeout: 20_000, ...auth });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: `${notification.title} on ${machine}`,
      text: `${notification.description}\n\nMachine: ${machine}\nVersion: ${notification.version}\n`,
      headers: { "X-Notification-Id": notification.id },
    });
  } finally {
    transport.close();
  }
}
