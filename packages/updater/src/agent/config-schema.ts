import { nameSchema, platformSchema } from "@sluice/core/release/manifest.ts";
import { parseDuration } from "@sluice/core/time/duration.ts";
import { z } from "zod";
import { componentsSchema } from "../components/schema.ts";
import { type Weekday, weekdays } from "./window.ts";

const text = z.string().min(1);
/** What can stand in an HTTP header: printable ASCII. */
const headerText = z.string().regex(/^[\x20-\x7e]{1,200}$/, "must be 1 to 200 printable ASCII characters");

/** A number in the given unit, or a duration such as `90s`; read into ms. */
function durationIn(unitMs: number, unit: string, bounds: { readonly leastMs: number; readonly mostMs: number }) {
  const says = `must be a number of ${unit}, or a duration such as 90s or 1h30m`;
  return z
    .union([z.number(), z.string()], { error: says })
    .transform((value) => (typeof value === "number" ? value * unitMs : (parseDuration(value) ?? Number.NaN)))
    .refine((ms) => !Number.isNaN(ms), { error: says, abort: true })
    .refine((ms) => ms >= bounds.leastMs && ms <= bounds.mostMs, "is too short or too long");
}

/** Bytes a second: a number, or a size such as `2MB/s` or `500 kB/s`, in powers of ten. */
const rate = z
  .union([z.number(), z.string()])
  .transform((value) => (typeof value === "number" ? value : bytesOf(value)))
  .refine((bytes) => bytes >= 1_000 && bytes <= 1e12, "must be bytes a second, such as 2MB/s, and at least 1kB/s");

function bytesOf(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kMG]?)B\/s$/.exec(text.trim()) ?? [];
  return Math.round(Number(number) * 1_000 ** ["", "k", "M", "G"].indexOf(unit));
}

const day = 86_400_000;
const command = z.tuple([text], text);
const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 02:00");

const windowSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("false: at any time"),
    days: z
      .array(z.enum(weekdays, { error: `must be one of ${weekdays.join(", ")}` }))
      .min(1, "must name at least one day")
      .default((): Weekday[] => ["saturday", "sunday"])
      .describe("The days on which the window opens"),
    startTime: clockTime.default("02:00"),
    endTime: z
      .union([clockTime, z.literal("24:00")], { error: "must be a time of day such as 06:00" })
      .default("06:00")
      .describe("Not later than startTime: on the day after. At most 24:00"),
    timezone: z
      .string()
      .refine(isZone, "must be a time zone such as UTC or Europe/Berlin")
      .default("UTC")
      .describe("IANA name, such as Europe/Berlin"),
  })
  .refine(({ startTime, endTime }) => startTime !== endTime, {
    path: ["endTime"],
    error: "must differ from startTime; for a whole day write 00:00 to 24:00",
  });

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

const webhook = z.union([z.literal(""), z.url({ protocol: /^https?$/ })], { error: "must be a URL, or empty" });

/** The `UpdateConfig` of the agent, with its defaults. */
const updateSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("false: the agent never asks by itself"),
  channel: nameSchema.default("stable").describe("The stage whose releases this machine gets"),
  checkInterval: durationIn(60_000, "minutes", { leastMs: 100, mostMs: 30 * day })
    .optional()
    .describe("Minutes, or a duration such as 90s. Absent: what the server asks for, otherwise 6 h"),
  autoInstall: z.boolean().default(false).describe("Whether what is on offer is installed without asking anybody"),
  maintenanceWindow: windowSchema
    .prefault({})
    .describe("When the agent installs by itself; a rollback never waits for it"),
  notifications: z
    .strictObject({
      email: z.array(z.email()).default([]),
      slack: webhook.default(""),
      teams: webhook.default(""),
    })
    .prefault({}),
  rollback: z
    .strictObject({
      automatic: z.boolean().default(true).describe("Whether a version that is not healthy is taken back by itself"),
      healthCheckTimeout: durationIn(1_000, "seconds", { leastMs: 100, mostMs: day })
        .default(300_000)
        .describe("How long a version has to become healthy: seconds, or a duration"),
      keepVersions: z
        .number()
        .int()
        .min(1)
        .max(1_000)
        .default(3)
        .describe("Versions kept on disk, the current one among them"),
    })
    .prefault({}),
});

const listenAddress = z.string().regex(/^[^\s:]+:\d{1,5}$/, "must be an address and a port, such as 127.0.0.1:8080");

/** The states that a hook can say no to. */
const hookStates = ["downloading", "installing", "preparing", "switching", "confirming", "finishing"] as const;
const hookNames = hookStates.flatMap((state) => [`before-${state}`, `after-${state}`] as const);

/** `agent.yaml`, as it is written. Durations come out in ms; paths as they stand, relative to the file. */
export const configSchema = z
  .strictObject({
    app: nameSchema.describe("The application"),
    server: z
      .url({ protocol: /^https?$/, error: "must be a URL such as https://updates.example.com" })
      .describe("The update server's address"),
    static: z
      .boolean()
      .default(false)
      .describe("The server has files only, as a `static` target publishes them: it is asked nothing and told nothing"),
    reports: z
      .url({ protocol: /^https?$/, error: "must be a URL such as https://sluice.example.com" })
      .optional()
      .describe("With static: the Sluice server that is told how updates went; absent: nobody is"),
    root: text.describe("File of the keys that this machine trusts. Paths are relative to this file"),
    folder: text.describe("Where versions are installed, with the link `current` to the one in use"),
    "token-file": text.optional().describe("File of a token of role `client`, by which reports are accepted"),
    token: text.optional().describe("The same token, for those who keep it here"),
    "client-id": headerText.optional().describe("Name of this installation; absent: a random one, drawn once"),
    platform: platformSchema.optional().describe("Absent: this machine's, such as linux-x64"),
    attributes: z
      .record(
        z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, "must be letters, digits and dashes"),
        z.union([headerText, z.number().transform(String)], { error: "must be a short text or a number" }),
      )
      .default({})
      .describe("What rollouts and compatibility ranges may know of this machine"),
    update: updateSchema.prefault({}).describe("When and how updates are installed"),
    download: z
      .strictObject({ limit: rate.optional().describe("Bytes a second, such as 2MB/s; absent: as fast as they come") })
      .prefault({})
      .describe("How components are downloaded"),
    pages: z
      .strictObject({ listen: listenAddress })
      .optional()
      .describe("Where open pages hear of a new version: the script /sluice/reload.js and its events"),
    local: z
      .strictObject({ port: z.int().min(1).max(65_535) })
      .optional()
      .describe("The status page and the API for the program, on the loopback interface; absent: none"),
    mail: z
      .strictObject({
        host: text,
        port: z.int().min(1).max(65_535).default(587),
        secure: z.boolean().default(false),
        from: z.email(),
        user: text.optional(),
        "password-file": text.optional(),
      })
      .optional()
      .describe("How mail leaves this machine; needed where notifications.email names anybody"),
    run: z
      .strictObject({
        command: command.describe("Program and arguments; {current} is the folder of the version in use"),
        cwd: text.optional(),
        env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
        order: z.number().int().min(1).max(100).default(50),
        beside: z
          .strictObject({
            listen: listenAddress,
            drain: durationIn(1_000, "seconds", { leastMs: 0, mostMs: 3_600_000 }).default(30_000),
          })
          .optional()
          .describe("Where people reach the program, so that it changes without an interruption; it listens on {port}"),
        "stop-timeout": durationIn(1_000, "seconds", { leastMs: 0, mostMs: 3_600_000 }).default(10_000),
      })
      .optional()
      .describe("The program to keep running; absent: none"),
    components: componentsSchema.default({}).describe("How components of the releases are treated, by name"),
    hooks: z
      .strictObject({
        commands: z.partialRecord(z.enum(hookNames), command).default({}),
        "retry-after": durationIn(1_000, "seconds", { leastMs: 100, mostMs: day }).default(60_000),
        patience: durationIn(1_000, "seconds", { leastMs: 0, mostMs: 30 * day }).default(1_800_000),
      })
      .prefault({})
      .describe(
        "Programs asked before and after the states of an update: 0 go on, 21 ask again later, otherwise go back",
      ),
    health: z
      .strictObject({
        http: z
          .strictObject({
            url: z.url({ protocol: /^https?$/ }),
            expect: z.number().int().min(100).max(599).default(200),
          })
          .optional(),
        page: z
          .strictObject({ url: z.url({ protocol: /^https?$/ }), contains: text })
          .optional()
          .describe("A page that people see: it must show a text"),
        command: command.optional().describe("Healthy when it ends with 0"),
        alive: durationIn(1_000, "seconds", { leastMs: 0, mostMs: day })
          .optional()
          .describe("How long the program must have run: seconds, or a duration"),
      })
      .refine((health) => Object.values(health).some((value) => value !== undefined), {
        error: "must have at least one of http, page, command and alive",
      })
      .optional()
      .describe("How to tell that a version is well: all that is said here must pass, in one round"),
  })
  .refine((config) => config.reports === undefined || config.static, {
    path: ["reports"],
    error: "is for static: true; otherwise the server that is asked is told as well",
  })
  .refine((config) => config.token === undefined || config["token-file"] === undefined, {
    path: ["token"],
    error: "cannot stand beside token-file: keep one of the two",
  })
  .refine(({ mail, update }) => mail !== undefined || update.notifications.email.length === 0, {
    path: ["update", "notifications", "email"],
    error: "needs a mail server: mail: { host: …, from: … }",
  });

export type ConfigFile = z.infer<typeof configSchema>;

/** The JSON Schema (2020-12) of `agent.yaml`, for editors and other checkers. */
export function configJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { title: "Sluice agent", ...z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) };
}
