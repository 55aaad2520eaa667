import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from "pino";

/** Where a secret could stand in what is logged. Requests are not logged with their headers; this is for the day they are. */
const secretPaths = [
  "authorization",
  "token",
  "secret",
  "*.authorization",
  "*.token",
  "*.secret",
  "headers.authorization",
  "*.headers.authorization",
];

/** Makes the server's logger: JSON lines with RFC 3339 times and no secrets. @param destination standard error when absent */
export function createLogger(options: {
  readonly level: LevelWithSilent;
  readonly destination?: DestinationStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, censor: "[secret]" },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
