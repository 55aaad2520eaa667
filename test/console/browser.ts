import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";

const root = fileURLToPath(new URL("../../", import.meta.url));

export const chromiumPath = "/usr/bin/chromium";

export async function chromiumIsInstalled(): Promise<boolean> {
  return access(chromiumPath).then(
    () => true,
    () => false,
  );
}

/** Starts Chromium without a window and without anything that would go to the network by itself. */
export function launchChromium(): Promise<Browser> {
  const quiet = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", ...quiet] });
}

/** Builds the console from its sources as they are into a folder, with the bundler that the repository uses. */
export async function buildConsole(folder: string): Promise<void> {
  const vite = `${root}node_modules/vite/bin/vite.js`;
  const options = ["build", "packages/console", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn"];
  await promisify(execFile)(process.execPath, [vite, ...options], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production" },
  });
}

export interface OpenedConsole {
  readonly page: Page;
  /** What the page complained of: exceptions, and what the Content-Security-Policy refused. */
  readonly complaints: readonly string[];
}

/**
 * Opens the console in a context of its own.
 * @param baseUrl where a server serves it, ending in a slash
 * @param fragment of the address, e.g. `#token=…`
 */
export async function openConsole(browser: Browser, baseUrl: string, fragment = ""): Promise<OpenedConsole> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => {
    if (line.text().includes("Content Security Policy")) complaints.push(line.text());
  });
  await page.goto(`${baseUrl}${fragment}`);
  return { page, complaints };
}
