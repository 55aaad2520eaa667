import { once } from "node:events";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { exitCodes, Failure, usage } from "../failure.ts";
import type { OpenSession, Session } from "../session.ts";

interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly database?: string;
  readonly commands?: string;
  readonly repositories?: string;
  readonly static?: string;
  readonly pushTo?: string[];
  readonly kubeconfig?: string;
  readonly oidc?: string;
  readonly allowedSigners?: string;
  readonly sshConfig?: string;
  readonly prometheus?: string;
  readonly trustProxy?: string[];
  readonly logLevel: (typeof logLevels)[number];
}

const logLevels = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

export function addServe(program: Command, open: OpenSession): void {
  program
    .command("serve")
    .description("run the server: control plane, console and updates")
    .option("--data <dir>", "where everything is kept", ".sluice")
    .option("--host <address>", "where to listen; other machines reach it only if you say so", "127.0.0.1")
    .option("--port <number>", "0 takes a free one", portNumber, 7070)
    .option("--database <url>", "postgres://… for several nodes; SQLite in the data folder otherwise")
    .option("--commands <dir>", "the folder with the programs that pipelines may run here; without it, none")
    .option("--repositories <dir>", "the folder with the git repositories that pipelines may name by a path")
    .option("--static <dir>", "the folder that a web server serves, to which pipelines may publish feeds")
    .option(
      "--push-to <address...>",
      "git repositories, or what their addresses begin with, that pipelines may push to",
    )
    .option("--kubeconfig <file>", "clusters that pipelines may deploy to; without it, the one that it runs in")
    .option("--oidc <file>", "whose identity tokens (GitHub Actions, GitLab) are taken, and what they are worth")
    .option("--allowed-signers <file>", "who may sign tags, as ssh-keygen reads it; without it, nobody")
    .option(
      "--ssh-config <file>",
      "hosts of git repositories, their keys and ours, as ssh reads it; without it, the user's",
    )
    .option(
      "--trust-proxy <address...>",
      "proxies in front of it, as addresses or networks such as 10.0.0.0/8: where requests come from is what they say",
    )
    .option("--prometheus <url>", "the Prometheus server of analyses that name none")
    .addOption(new Option("--log-level <level>", "what is logged to standard error").choices(logLevels).default("warn"))
    .action(async (options: ServeOptions, command: Command) => serve(open(command), options));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("It must be a number from 0 to 65535.");
}

async function serve(session: Session, options: ServeOptions): Promise<void> {
  const { data, host, port, database, commands, repositories, pushTo, allowedSigners, prometheus, logLevel } = options;
  const { static: staticDir, kubeconfig, oidc, sshConfig, trustProxy } = options;
  const { io, style } = session;
  const [{ startServer }, { createLogger }, { secretsOf }, { trustedProxies }] = await Promise.all([
    import("@sluice/server/server.ts"),
    import("@sluice/server/logger.ts"),
    import("@sluice/server/analysis/secrets.ts"),
    import("@sluice/server/http/client-address.ts"),
  ]);
  const dataDir = resolve(io.cwd, data);
  const logger = createLogger({ level: logLevel });
  const server = await startServer({
    dataDir,
    host,
    port,
    logger,
    secrets: secretsOf(io.env),
    dockerConfig: join(io.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json"),
    ...(database === undefined ? {} : { databaseUrl: database }),
    ...(commands === undefined ? {} : { commandsDir: resolve(io.cwd, commands) }),
    ...(repositories === undefined ? {} : { repositoriesDir: resolve(io.cwd, repositories) }),
    ...(staticDir === undefined ? {} : { staticDir: resolve(io.cwd, staticDir) }),
    ...(pushTo === undefined ? {} : { pushTo }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(io.cwd, kubeconfig) }),
    ...(oidc === undefined ? {} : { oidcFile: resolve(io.cwd, oidc) }),
    ...(allowedSigners === undefined ? {} : { signersFile: resolve(io.cwd, allowedSigners) }),
    ...(sshConfig === undefined ? {} : { sshConfig: resolve(io.cwd, sshConfig) }),
    ...(prometheus === undefined ? {} : { prometheusUrl: prometheus }),
    ...(trustProxy === undefined ? {} : { trustProxy: readProxies(trustedProxies, trustProxy) }),
  }).catch((error: unknown) => {
    throw startFailure(error, host, port);
  });
  const { url, adminToken } = server;
  session.print(
    { url, port: server.port, dataDir, pid: process.pid, ...(adminToken === undefined ? {} : { adminToken }) },
    () =>
      [
        `Sluice listens on ${style.bold(url)}`,
        `  data   ${dataDir}`,
        ...(adminToken === undefined
          ? []
          : [
              `  token  ${adminToken}`,
              `         for the administrator; shown this once, and kept in ${relative(io.cwd, `${dataDir}/admin.token`)}`,
            ]),
        `Stop it with Ctrl-C.\n`,
      ].join("\n"),
  );
  if (!io.signal.aborted) await once(io.signal, "abort");
  await server.close();
}

function readProxies<T>(read: (names: readonly string[]) => T, names: readonly string[]): T {
  try {
    return read(names);
  } catch (error) {
    throw usage(`--trust-proxy cannot be read: ${(error as Error).message}.`, {
      hint: "Give addresses, networks such as 10.0.0.0/8, or loopback, linklocal or uniquelocal.",
      cause: error,
    });
  }
}

function startFailure(error: unknown, host: string, port: number): unknown {
  if (error instanceof OperationalError)
    return new Failure(
      error.code === "DATA_FOLDER_IN_USE" ? exitCodes.conflict : exitCodes.failed,
      error.code,
      error.message,
      { cause: error },
    );
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "EADDRINUSE")
    return new Failure(exitCodes.conflict, "PORT_IN_USE", `Port ${port} of ${host} is in use by another program.`, {
      hint: "Choose another with --port, or let one be chosen with --port 0.",
      cause: error,
    });
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new Failure(
      exitCodes.failed,
      "ADDRESS_UNUSABLE",
      `Cannot listen on ${host} port ${port}: ${(error as Error).message}`,
      { hint: "Choose another with --host and --port.", cause: error },
    );
  return error;
}
