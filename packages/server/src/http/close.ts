import type { EventStreams } from "./event-streams.ts";
import type { App } from "./routes/route.ts";

/** How long requests that were begun are given, in ms. */
const patienceMs = 10_000;
const lookMs = 50;

/** Stops accepting, ends the streams, lets what was begun finish, and closes what is still open after 10 s. */
export async function closeGracefully(app: App, streams: EventStreams): Promise<void> {
  const { server } = app;
  const closed = app.close();
  streams.end();
  // A connection that was busy when closing began is idle later, and would be kept for its client's next request.
  const idle = setInterval(() => server.closeIdleConnections(), lookMs);
  const late = setTimeout(() => server.closeAllConnections(), patienceMs);
  try {
    await closed;
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}
