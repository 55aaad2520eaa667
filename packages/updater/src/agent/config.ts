import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import type { ComponentOptions } from "../components/options.ts";
import { componentsOf } from "../components/schema.ts";
import { layoutOf } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import type { HealthCheck } from "../health/probe.ts";
import type { Recipients } from "../notify/send.ts";
import type { UpdaterOptions } from "../options.ts";
import type { Command } from "../program/command.ts";
import type { FrontAddress } from "../program/front.ts";
import { type ConfigFile, configJsonSchema, configSchema } from "./config-schema.ts";
import { type Problem, problemsOf } from "./locate.ts";
import type { Schedule } from "./loop.ts";

/** Largest configuration that is read, bytes. */
const maxBytes = 1024 * 1024;
/** Without `checkInterval`, and without a wish of the server: 6 h. */
const defaultIntervalMs = 21_600_000;
/** Without `health`: so long the program must run. */
const defaultAliveMs = 5_000;

/** What an agent is configured to do. Paths are absolute, durations in ms. */
export interface AgentConfig {
  readonly app: string;
  readonly server: string;
  /** The server has files only. */
  readonly filesOnly: boolean;
  /** Who is told how updates went, where that is not the server. */
  readonly reports: string | undefined;
  readonly root: string;
  readonly folder: string;
  readonly token: (() => Promise<string | undefined>) | undefined;
  readonly clientId: string | undefined;
  readonly platform: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly channel: string;
  /** Absent: checks are switched off. */
  readonly schedule: Schedule | undefined;
  readonly rollback: {
    readonly automatic: boolean;
    readonly healthCheckTimeoutMs: number;
    readonly keepVersions: number;
  };
  /** Absent: no status page. */
  readonly localPort: number | undefined;
  /** Where open pages hear of new versions. */
  readonly pages: FrontAddress | undefined;
  readonly notifications: Recipients;
  /** Bytes a second. */
  readonly downloadLimit: number | undefined;
  readonly program: UpdaterOptions["program"];
  readonly health: readonly HealthCheck[];
  readonly components: Readonly<Record<string, ComponentOptions>>;
  readonly programOrder: number;
  readonly hooks: {
    readonly commands: Readonly<Record<string, Command>>;
    readonly retryAfterMs: number;
    readonly patienceMs: number;
  };
  /** Another when the file is. */
  readonly fingerprint: string;
}

/**
 * Reads `agent.yaml`.
 * @throws UpdaterError CONFIG_INVALID with every problem's file, line and column
 */
export async function readConfig(path: string): Promise<AgentConfig> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    throw new UpdaterError("CONFIG_INVALID", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseConfig(content, path);
}

/** As `readConfig`, from the file's content. */
export function parseConfig(content: string, path: string): AgentConfig {
  if (content.length > maxBytes) throw new UpdaterError("CONFIG_INVALID", `${path} is larger than ${maxBytes} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors.map(({ message, pos: [start] }) => {
    const { line, col } = lines.linePos(start);
    return { line, column: col, message };
  });
  if (broken.length > 0) throw invalid(path, broken);
  const parsed = configSchema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (!parsed.success) throw invalid(path, problemsOf(parsed.error.issues, document, lines, knownKeys));
  return resolved(parsed.data, dirname(resolve(path)), createHash("sha256").update(content).digest("hex"));
}

function invalid(path: string, problems: readonly Problem[]): UpdaterError {
  const said = problems.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`);
  return new UpdaterError("CONFIG_INVALID", said.join("\n"));
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The keys that the schema knows at a path, for the nearest to a misspelt one. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: JsonSchema | undefined = configJsonSchema();
  for (const step of path) {
    const next: JsonSchema | boolean | undefined = schema?.properties?.[String(step)];
    schema = typeof next === "object" ? next : undefined;
  }
  return Object.keys(schema?.properties ?? {});
}

function resolved(file: ConfigFile, folder: string, fingerprint: string): AgentConfig {
  const { update, run, hooks } = file;
  const { enabled, maintenanceWindow: window } = update;
  const tokenFile = file["token-file"];
  return {
    app: file.app,
    server: file.server,
    filesOnly: file.static,
    reports: file.reports,
    root: resolve(folder, file.root),
    folder: resolve(folder, file.folder),
    token:
      tokenFile !== undefined
        ? async () => (await readFile(resolve(folder, tokenFile), "utf8")).trim()
        : file.token !== undefined
          ? async () => file.token
          : undefined,
    clientId: file["client-id"],
    platform: file.platform ?? `${process.platform}-${process.arch}`,
    attributes: Object.fromEntries(Object.entries(file.attributes).map(([name, value]) => [name.toLowerCase(), value])),
    channel: update.channel,
    schedule: !enabled
      ? undefined
      : {
          intervalMs: update.checkInterval ?? defaultIntervalMs,
          explicitInterval: update.checkInterval !== undefined,
          autoInstall: update.autoInstall,
          automaticRollback: update.rollback.automatic,
          window: window.enabled
            ? { days: window.days, start: window.startTime, end: window.endTime, zone: window.timezone }
            : undefined,
        },
    rollback: {
      automatic: update.rollback.automatic,
      healthCheckTimeoutMs: update.rollback.healthCheckTimeout,
      keepVersions: update.rollback.keepVersions,
    },
    downloadLimit: file.download.limit,
    localPort: file.local?.port,
    pages: file.pages === undefined ? undefined : addressOf(file.pages.listen),
    notifications: recipientsOf(file, folder),
    program:
      run === undefined
        ? undefined
        : {
            command: {
              command: run.command,
              cwd: cwdOf(run.cwd, folder),
              env: { ...agentEnv(file, folder), ...run.env },
            },
            stopTimeoutMs: run["stop-timeout"],
            ...(run.beside === undefined
              ? {}
              : { beside: { ...addressOf(run.beside.listen), drainMs: run.beside.drain } }),
          },
    health: healthOf(file, folder),
    components: componentsOf(file.components, folder),
    programOrder: run?.order ?? 50,
    hooks: {
      commands: Object.fromEntries(
        Object.entries(hooks.commands).map(([name, command]) => [name, { command, cwd: folder }]),
      ),
      retryAfterMs: hooks["retry-after"],
      patienceMs: hooks.patience,
    },
    fingerprint,
  };
}

/** By this the program finds the agent's API. */
function agentEnv({ local, folder: installation }: ConfigFile, folder: string): Record<string, string> {
  if (local === undefined) return {};
  return {
    SLUICE_AGENT_URL: `http://127.0.0.1:${local.port}/`,
    SLUICE_AGENT_TOKEN_FILE: layoutOf(resolve(folder, installation)).localToken,
  };
}

function recipientsOf({ update, mail }: ConfigFile, folder: string): Recipients {
  const { email, slack, teams } = update.notifications;
  const passwordFile = mail?.["password-file"];
  return {
    email,
    slack: slack === "" ? undefined : slack,
    teams: teams === "" ? undefined : teams,
    mail:
      mail === undefined
        ? undefined
        : {
            ...mail,
            password:
              passwordFile === undefined
                ? undefined
                : async () => (await readFile(resolve(folder, passwordFile), "utf8")).trim(),
          },
  };
}

function healthOf({ health, run }: ConfigFile, folder: string): HealthCheck[] {
  // A program of which nothing else is known must at least not fall over.
  if (health === undefined) return run === undefined ? [] : [{ aliveMs: defaultAliveMs }];
  const { alive, http, page, command } = health;
  return [
    ...(alive === undefined ? [] : [{ aliveMs: alive }]),
    ...(http === undefined ? [] : [{ http }]),
    ...(command === undefined ? [] : [{ command: { command, cwd: cwdOf(run?.cwd, folder), env: run?.env } }]),
    ...(page === undefined ? [] : [{ http: { url: page.url, expect: 200, contains: page.contains } }]),
  ];
}

function addressOf(listen: string): FrontAddress {
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon), port: Number(listen.slice(colon + 1)) };
}

function cwdOf(cwd: string | undefined, folder: string): string | undefined {
  return cwd === undefined || cwd.startsWith("{current}") ? cwd : resolve(folder, cwd);
}
