import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatusView } from "@sluice/core/views/status.ts";
import { type Api, apiPath } from "../api/api.ts";
import { logPages, logPath } from "../api/pages.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Anchor, type LogVerdict, verifyLog } from "./verify-log.ts";

/** Verifies one application's log as a server gives it out, with its feeds' signatures. */
export async function verifyOnline(api: Api, app: string): Promise<LogVerdict> {
  const { stages } = await api.get<StatusView>(apiPath("apps", app, "status"));
  const anchors = await signedAnchors(
    api,
    app,
    stages.map(({ name }) => name),
  );
  return verifyLog(app, logPages(api, logPath(app)), anchors);
}

/** Verifies the log of what belongs to no application, or says that this token may not read it. */
export async function verifyServerLog(api: Api): Promise<LogVerdict | "not allowed"> {
  try {
    return await verifyLog("_server", logPages(api, logPath("_server")), []);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === exitCodes.notAllowed) return "not allowed";
    throw error;
  }
}

/** What each channel's feed says of the log, read and verified as a client does that trusts the server's first root. */
async function signedAnchors(api: Api, app: string, channels: readonly string[]): Promise<Anchor[]> {
  const root = await api.file(`/feeds/${encodeURIComponent(app)}/metadata/1.root.json`);
  if (root === undefined) return [];
  const { openTrustedFeeds } = await import("@sluice/updater/verify/trusted-feeds.ts");
  const folder = await mkdtemp(join(tmpdir(), "sluice-audit-"));
  try {
    const pinnedRoot = join(folder, "pinned.json");
    await writeFile(pinnedRoot, root);
    const feeds = await openTrustedFeeds({
      app,
      baseUrl: `${api.url}/feeds/${app}`,
      pinnedRoot,
      folder: join(folder, "trusted"),
    });
    const anchors: Anchor[] = [];
    for (const channel of channels) anchors.push({ channel, ...(await feeds.feed(channel)).log });
    return anchors;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    // A pipeline that was applied just now may have stages whose feeds are not signed yet.
    if (code === "NOT_PUBLISHED") return [];
    throw new Failure(
      exitCodes.failed,
      typeof code === "string" ? code : "FEEDS_INVALID",
      `The signed feeds of ${app} do not verify: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
