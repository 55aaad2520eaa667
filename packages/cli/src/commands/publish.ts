import { isVersion } from "@sluice/core/release/version.ts";
import { parseDuration } from "@sluice/core/time/duration.ts";
import { sizeText } from "@sluice/core/views/size-text.ts";
import type { Command } from "commander";
import { usage } from "../failure.ts";
import { showProgress } from "../output/progress.ts";
import { shortDigest } from "../output/text.ts";
import { type ComponentOption, parseComponentOption } from "../publish/component-option.ts";
import { lookUpImage } from "../publish/image.ts";
import { type ManifestFile, parseManifestFile } from "../publish/manifest-file.ts";
import { publishRelease, type ReleaseFacts } from "../publish/publish.ts";
import { checkVersion } from "../publish/version-check.ts";
import { readTextFile } from "../read-file.ts";
import type { OpenSession, Session } from "../session.ts";

interface PublishCommandOptions {
  readonly component?: readonly ComponentOption[];
  readonly manifest?: string;
  readonly notes?: string;
  readonly commit?: string;
  readonly checkVersion?: boolean;
  readonly mandatory?: boolean;
  readonly mandatoryWithin?: string;
  readonly minVersion?: string;
}

const fileBytesMax = 1_000_000;

export function addPublish(program: Command, open: OpenSession): void {
  program
    .command("publish")
    .description("upload what the server does not have yet, sign the release, and send it on its way")
    .argument("<version>", "SemVer, without a leading v")
    .option(
      "--component <name=path>",
      "a file, or a folder; NAME@OS-ARCH=PATH for one platform; NAME=oci://HOST/REPOSITORY:TAG for an image; repeatable",
      (text, all: ComponentOption[] = []) => [...all, parseComponentOption(text)],
    )
    .option("--manifest <file>", "YAML or JSON with compatibility, minimumVersion, notes, …; options win over it")
    .option("--notes <file>", "release notes, Markdown")
    .option("--commit <sha>", "the source commit it was built from")
    .option("--check-version", "refuse a version that is too low for the commits since the last one that is tagged")
    .option("--mandatory", "clients below it must take it")
    .option("--mandatory-within <duration>", "as --mandatory, and clients may put it off for so long at most: 7d")
    .option("--min-version <version>", "clients below this must first go to a release between")
    .action(async (version: string, options: PublishCommandOptions, command: Command) => {
      const session = open(command);
      if (!isVersion(version))
        throw usage(
          `"${version}" is not a version by SemVer 2.0.0, such as 2.4.1 or 2.5.0-beta.3 (without a leading v).`,
        );
      const components = options.component ?? [];
      if (components.length === 0)
        throw usage("A release needs something to install: --component NAME=PATH, at least once.");
      const { app: fileApp, ...release } = await releaseFacts(session, version, options);
      if (options.checkVersion === true || release.commit !== undefined)
        await checkVersion(session, {
          version,
          ...(release.commit === undefined ? {} : { commit: release.commit }),
          strict: options.checkVersion === true,
        });
      const app = session.namedApp ?? fileApp ?? (await session.app());
      const published = await publishRelease(session.api(), {
        app,
        release,
        components,
        cwd: session.io.cwd,
        image: (reference) => lookUpImage(reference, session.io),
        progress: (one) => account(session, one.component),
      });
      session.print({ app, ...published }, () =>
        published.created
          ? `Published ${app} ${version} (${shortDigest(published.digest)}). Its way: sluice status\n`
          : `Nothing changed: ${app} ${version} was published with the same bytes before (${shortDigest(published.digest)}).\n`,
      );
    });
}

async function releaseFacts(
  session: Session,
  version: string,
  options: PublishCommandOptions,
): Promise<ReleaseFacts & Pick<ManifestFile, "app">> {
  const { manifest, notes, commit, mandatory, mandatoryWithin, minVersion } = options;
  const file =
    manifest === undefined
      ? {}
      : parseManifestFile(await readTextFile(session, manifest, fileBytesMax), {
          file: manifest,
          version,
          app: session.namedApp,
        });
  return {
    ...file,
    version,
    ...(notes === undefined ? {} : { notes: await readTextFile(session, notes, fileBytesMax) }),
    ...(commit === undefined ? {} : { commit }),
    ...(mandatory === undefined ? {} : { mandatory }),
    ...(mandatoryWithin === undefined
      ? {}
      : { mandatory: true, mandatoryWithinSeconds: secondsOf("--mandatory-within", mandatoryWithin) }),
    ...(minVersion === undefined ? {} : { minimumVersion: minVersion }),
  };
}

/** Whole seconds, rounded up. */
function secondsOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`${option} needs a duration such as 7d or 12h, not "${text}".`);
  return Math.ceil(ms / 1_000);
}

function account(
  session: Session,
  { name, platform, size }: { name: string; platform?: string | undefined; size: number },
) {
  const label = platform === undefined ? name : `${name} (${platform})`;
  let progress: ReturnType<typeof showProgress> | undefined;
  return {
    at(done: number) {
      progress ??= showProgress(session, label, size);
      progress.at(done);
    },
    end(sent: boolean) {
      if (sent) progress?.end();
      else session.note(`${label}  ${sizeText(size)}, there already`);
    },
  };
}
