import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { configJsonSchema } from "@sluice/updater/agent/config-schema.ts";
import { type Api, apiPath } from "../api/api.ts";
import type { CreatedToken } from "../api/shapes.ts";
import { exitCodes, Failure } from "../failure.ts";
import { configTemplate } from "./config-template.ts";

/** Beside `agent.yaml`: by it editors complete and check that one. */
const schemaName = "agent.schema.json";

export interface AgentInitOptions {
  readonly app: string;
  readonly channel: string;
  /** Absolute; made if it is missing. */
  readonly dir: string;
}

/** What was made. */
export interface AgentInit {
  readonly config: string;
  readonly root: string;
  /** SHA-256 of the root's bytes, lower-case hex: what to compare with the server's own. */
  readonly rootSha256: string;
  /** Absent when nobody allowed that a token be made. */
  readonly tokenFile?: string;
  readonly tokenName?: string;
}

/**
 * Writes what an agent needs to start: `agent.yaml`, the root that it trusts from now on, and, for who may make one, a token of its
 * own, mode 0600.
 */
export async function initAgent(api: Api, { app, channel, dir }: AgentInitOptions): Promise<AgentInit> {
  await assertChannel(api, app, channel);
  const root = await newestRoot(api, app);
  await mkdir(dir, { recursive: true });
  const config = join(dir, "agent.yaml");
  // Taken first, so that nothing else is made for a folder that has an agent already.
  await writeFile(config, "", { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => refuse(cause, config));
  const rootPath = join(dir, "root.json");
  await writeFile(rootPath, root);
  const token = await clientToken(api, join(dir, "client.token"));
  await writeFile(join(dir, schemaName), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  await writeFile(config, configText(api, { app, channel, token: token !== undefined }));
  return { config, root: rootPath, rootSha256: sha256Hex(root), ...token };
}

function refuse(cause: NodeJS.ErrnoException, path: string): never {
  if (cause.code !== "EEXIST")
    throw new Failure(exitCodes.failed, "FILE_UNUSABLE", `${path} cannot be written: ${cause.message}`, { cause });
  throw new Failure(exitCodes.conflict, "FILE_EXISTS", `There is ${path} already; it was not touched.`, {
    hint: "Choose another folder with --dir.",
  });
}

/** The update check is open to everybody and knows the channels. */
async function assertChannel(api: Api, app: string, channel: string): Promise<void> {
  await api.checkUpdate({ "x-app": app, "x-channel": channel });
}

/** The newest root: each is signed by the one before, TUF 1.0 clause 5.3. */
async function newestRoot(api: Api, app: string): Promise<Buffer> {
  let newest: Buffer | undefined;
  for (let version = 1; version <= 10_000; version++) {
    const next = await api.file(`/feeds/${encodeURIComponent(app)}/metadata/${version}.root.json`);
    if (next === undefined) break;
    newest = next;
  }
  if (newest !== undefined) return newest;
  throw new Failure(exitCodes.notFound, "ROOT_NOT_FOUND", `The server has signed nothing for ${app} yet.`, {
    hint: "Apply a pipeline first, then try again.",
  });
}

async function clientToken(api: Api, path: string): Promise<{ tokenFile: string; tokenName: string } | undefined> {
  if (api.token === undefined) return undefined;
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .slice(0, 30);
  const tokenName = `client-${host}-${randomBytes(3).toString("hex")}`;
  try {
    const { body } = await api.send<CreatedToken>("POST", apiPath("tokens"), { name: tokenName, role: "client" });
    await writeFile(path, `${body.token}\n`, { mode: 0o600, flag: "wx" });
    return { tokenFile: path, tokenName };
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.notAllowed) return undefined;
    throw error;
  }
}

function configText(api: Api, { app, channel, token }: { app: string; channel: string; token: boolean }): string {
  const comment =
    "\n# Who this client is to the server: a token of role `client`, in a file that only the agent's user can read.\n";
  const values: Readonly<Record<string, string>> = {
    app,
    channel,
    server: api.url,
    file: "agent.yaml",
    schema: schemaName,
    token: `${comment}${token ? "token-file: client.token" : "# Ask an administrator for one:  sluice token create --name NAME --role client\n# token-file: client.token"}\n`,
  };
  return configTemplate.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
