import { expect, test } from "vitest";
import { z } from "zod";
import { parseConfig } from "./config.ts";
import { configJsonSchema } from "./config-schema.ts";

const least = "app: myapp\nserver: http://127.0.0.1:7070\nroot: ./root.json\nfolder: ./install\n";
const parse = (more = "") => parseConfig(least + more, "/etc/sluice/agent.yaml");
const problem = (more: string) => {
  try {
    parse(more);
  } catch (error) {
    return error;
  }
  return undefined;
};

test("what is left out has the documented defaults", () => {
  const config = parse();
  expect(config).toMatchObject({
    app: "myapp",
    channel: "stable",
    root: "/etc/sluice/root.json",
    folder: "/etc/sluice/install",
    platform: `${process.platform}-${process.arch}`,
    rollback: { automatic: true, healthCheckTimeoutMs: 300_000, keepVersions: 3 },
    schedule: {
      intervalMs: 6 * 3_600_000,
      explicitInterval: false,
      autoInstall: false,
      window: { days: ["saturday", "sunday"], start: "02:00", end: "06:00", zone: "UTC" },
    },
  });
  expect(config.token).toBeUndefined();
});

test("everything can be set, numbers in their unit or as durations", async () => {
  const config = parse(`token: t0ken
client-id: machine-17
platform: linux-arm64
attributes: { Region: eu, database: "PostgreSQL 15", cores: 4 }
update:
  channel: beta
  checkInterval: 2s
  autoInstall: true
  maintenanceWindow: { enabled: false }
  notifications: { email: [ops@example.com], slack: "https://hooks.example.com/x" }
  rollback: { automatic: false, healthCheckTimeout: 30, keepVersions: 5 }
mail: { host: mail.example.com, from: updates@example.com }
download: { limit: 2.5 MB/s }
local: { port: 7071 }
run:
  command: ["{current}/esbuild", "--serve=127.0.0.1:8000"]
  cwd: work
  env: { A: b }
  stop-timeout: 3s
health:
  http: { url: "http://127.0.0.1:8000/health" }
`);
  expect(config).toMatchObject({
    clientId: "machine-17",
    platform: "linux-arm64",
    attributes: { region: "eu", database: "PostgreSQL 15", cores: "4" },
    schedule: {
      intervalMs: 2_000,
      explicitInterval: true,
      autoInstall: true,
      automaticRollback: false,
      window: undefined,
    },
    rollback: { automatic: false, healthCheckTimeoutMs: 30_000, keepVersions: 5 },
    downloadLimit: 2_500_000,
    localPort: 7071,
    notifications: { email: ["ops@example.com"], mail: { host: "mail.example.com", port: 587 }, teams: undefined },
    program: {
      command: { cwd: "/etc/sluice/work", env: { A: "b", SLUICE_AGENT_URL: "http://127.0.0.1:7071/" } },
      stopTimeoutMs: 3_000,
    },
    health: [{ http: { url: "http://127.0.0.1:8000/health", expect: 200 } }],
  });
  expect(await config.token?.()).toBe("t0ken");
});

test("with checks switched off there is no schedule", () => {
  expect(parse("update: { enabled: false }\n").schedule).toBeUndefined();
});

test.each([
  ["update:\n  chanel: beta\n", "6:3: update.chanel is not a known key; did you mean channel?"],
  ["serve: x\n", "5:1: serve is not a known key; did you mean server?"],
  [
    "update:\n  maintenanceWindow:\n    days: [sunday, funday]\n",
    "7:20: update.maintenanceWindow.days.1 must be one of",
  ],
  [
    "update:\n  maintenanceWindow: { timezone: Europe/Berlim }\n",
    "6:34: update.maintenanceWindow.timezone must be a time zone",
  ],
  ['update:\n  maintenanceWindow: { startTime: "02:00", endTime: "02:00" }\n', "must differ from startTime"],
  ["download: { limit: fast }\n", "5:20: download.limit must be bytes a second, such as 2MB/s"],
  ["update: { notifications: { email: [a@example.com] } }\n", "needs a mail server"],
  ["update: { checkInterval: soon }\n", "5:26: update.checkInterval must be a number of minutes, or a duration"],
  ["update: { checkInterval: -5 }\n", "5:26: update.checkInterval is too short or too long"],
  ["health: {}\n", "5:9: health must have at least one of"],
  [
    "components: { web: { frontend: { publish: /p }, command: { apply: [a], revert: [b] } } }\n",
    "exactly one of database",
  ],
  ["components: { schema: { database: { sqlite: /x, url: 'postgres://u@h/d' } } }\n", "exactly one of url"],
  ["hooks: { commands: { before-lunch: [a] } }\n", "hooks.commands"],
  ["token: a\ntoken-file: b\n", "cannot stand beside token-file"],
  ["attributes: { 'a b': c }\n", "attributes"],
  ["run: { command: [] }\n", "run.command"],
  ["folder: other\n", "5:1:"],
  ["update: [\n", "agent.yaml:6:1:"],
])("%j is refused, and where", (more, message) => {
  expect(problem(more)).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(message) });
});

test("every problem is named at once, and an empty file has some", () => {
  expect(() => parseConfig("", "agent.yaml")).toThrow(/app .*\n.*server .*\n.*root .*\n.*folder /);
});

test("the JSON Schema knows what the reader does, and says of each key at the top what it is for", () => {
  const schema = configJsonSchema();
  expect(schema).toMatchObject({ title: "Sluice agent", required: ["app", "server", "root", "folder"] });
  for (const [key, value] of Object.entries(schema.properties ?? {})) expect(value, key).toHaveProperty("description");
  const checker = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (more: object) =>
    checker.safeParse({ app: "myapp", server: "http://127.0.0.1/", root: "root.json", folder: "x", ...more }).success;
  expect(accepts({})).toBe(true);
  expect(
    accepts({ update: { checkInterval: "90s", maintenanceWindow: { days: ["sunday"] } }, run: { command: ["a"] } }),
  ).toBe(true);
  expect(accepts({ updates: {} })).toBe(false);
  expect(accepts({ update: { maintenanceWindow: { days: ["someday"] } } })).toBe(false);
});
