import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { ReleaseDetail, WithdrawnArtifact } from "../api/shapes.ts";
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
    .option("--artifact <sha256>", "every release that contains it, also what is published later")
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

async function withdrawArtifact(session: Session, sha256: string, { reason, unseen }: Options): Promise<void> {
  const path = apiPath("apps", await session.app(), "artifacts", sha256, "withdraw");
  const { body } = await session.api().send<WithdrawnArtifact>("POST", path, { reason, unseen: unseen === true });
  session.print(body, () => `Withdrew the artifact ${shortDigest(sha256)}.\n${linesOf(body)}`);
}

function linesOf({ app, versions, rolledBack }: WithdrawnArtifact): string {
  if (versions.length === 0) return `No further release of ${app} contained it. None that does can be published.\n`;
  const withdrawn = `Withdrawn with it: ${versions.map((version) => `${app} ${version}`).join(", ")}. No release that contains it can be published.\n`;
  const back = rolledBack.map(
    ({ stage, version, to }) =>
      `  ${app} ${stage}: back from ${version} to ${to ?? "nothing: there is no earlier good release"}\n`,
  );
  return withdrawn + back.join("");
}
