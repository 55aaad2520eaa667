import { openUpdater } from "@sluice/updater/updater.ts";
import { openTrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";

/** A program that keeps itself up to date. @param server of the updates @param folder of the installation, with its root.json */
export async function keepUpToDate(server: string, folder: string): Promise<string> {
  const app = "myapp";
  const updater = await openUpdater({
    folder,
    server,
    identity: { app, clientId: "machine-1", channel: "stable", platform: "linux-x64", attributes: {} },
    trustedFeeds: () =>
      openTrustedFeeds({
        app,
        baseUrl: new URL(`feeds/${app}`, server).href,
        pinnedRoot: `${folder}/root.json`,
        folder: `${folder}/trusted`,
      }),
    rollback: { automatic: true, healthCheckTimeoutMs: 60_000, keepVersions: 3 },
  });
  updater.events.on("state", ({ name, version = "" }) => console.log(name, version));
  updater.events.on("progress", ({ component, bytes, total }) => console.log(component, `${bytes} of ${total} bytes`));

  const result = await updater.update();
  await updater.sendReports();
  return result.kind === "completed" ? `now at ${result.version}` : result.kind;
}
