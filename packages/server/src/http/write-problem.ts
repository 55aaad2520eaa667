import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Problem, problemMediaType, problemOf } from "./problem.ts";

/** Sends a problem where no framework stands. */
export function writeProblem(response: ServerResponse, problem: Problem): void {
  const body = JSON.stringify(problem);
  response
    .writeHead(problem.status, {
      "Content-Type": problemMediaType,
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    })
    .end(body);
}

/** Answers what Node could not read as a request, and ends the connection. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = unreadable(error.code);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function unreadable(code: string | undefined): Problem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return problemOf("HEADERS_TOO_LARGE", "The address and headers together may have 16 KiB.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return problemOf("REQUEST_TIMEOUT", "The headers did not arrive in time. Send the request again.");
    default:
      return problemOf("REQUEST_INVALID", "This is not a request in HTTP/1.1.");
  }
}
