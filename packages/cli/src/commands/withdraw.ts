import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { EverywhereWithdrawn, ReleaseDetail, WithdrawnArtifact } from "../api/shapes.ts";
import { usage } from "../failure.ts";
import { shortDigest } from "../output/text.ts";
import type { OpenSession, Session } from "../session.ts";

interface Options {
  readonly artifact?: string;
  readonly reason: string;
  readonly unseen?: boolean;
}

export function addWithdraw(program: Command, open: OpenSession): void {
  program
    .command("withdraw")
    .description("block a version, or an artifact by its digest, for good, and roll back where it is live")
    .argument("[version]")
    .option(
      "--artifact <sha256>",
      "every release that contains it, in every application (an admin may) or the one of --app",
    )
    .option("--unseen", "withdraw the artifact also where no release contains it yet")
    .requiredOption("--reason <text>", "kept in the log")
    .action(async (version: string | undefined, options: Options, command: Command) => {
      const session = open(command);
      if ((version === undefined) === (options.artifact === undefined))
        throw usage("Name either a version, or an artifact with --artifact SHA256.");
      if (version !== undefined) await withdrawVersion(session, version, options.reason);
      else await withdrawArtifact(session, options.artifact ?? "", options);
    });
}

async function withdrawVersion(session: Session, version: string, reason: string): Promise<void> {
  const path = apiPath("apps", await session.app(), "releases", version, "withdraw");
  const { body } = await session.api().send<ReleaseDetail>("POST", path, { reason });
  session.print(
    body,
    () => `Withdrew ${version}. It is offered to nobody any more; clients that have it are offered the way back.\n`,
  );
}

/** In the application that was named; in every one when none was, which takes an admin. */
async function withdrawArtifact(session: Session, sha256: string, { reason, unseen }: Options): Promise<void> {
  const parts = ["artifacts", sha256, "withdraw"];
  const request = { reason, unseen: unseen === true };
  const app = session.namedApp;
  const path = app === undefined ? apiPath(...parts) : apiPath("apps", app, ...parts);
  const { body } = await session.api().send<WithdrawnArtifact | EverywhereWithdrawn>("POST", path, request);
  const applications = "applications" in body ? body.applications : [body];
  const where = app === undefined ? "every application, also in those still to come" : app;
  session.print(
    body,
    () =>
      `Withdrew the artifact ${shortDigest(sha256)} in ${where}. No release that contains it can be published.\n${applications.map(linesOf).join("")}`,
  );
}

function linesOf({ app, versions, rolledBack }: WithdrawnArtifact): string {
  if (versions.length === 0) return "";
  const back = rolledBack.map(
    ({ stage, version, to }) =>
      `  ${app} ${stage}: back from ${version} to ${to ?? "nothing: there is no earlier good release"}\n`,
  );
  return `Withdrawn with it: ${app} ${versions.join(", ")}\n${back.join("")}`;
}
