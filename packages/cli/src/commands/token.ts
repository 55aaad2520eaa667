import { roles } from "@sluice/core/access/roles.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import type { CreatedToken, ExchangedToken, TokenView } from "../api/shapes.ts";
import { identityToken } from "../exchange.ts";
import { moment } from "../moment.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";

interface CreateOptions {
  readonly name: string;
  readonly role: string;
  readonly stage?: readonly string[];
  readonly group?: readonly string[];
  readonly expires?: string;
}

export function addToken(program: Command, open: OpenSession): void {
  const token = program.command("token").description("who may do what");
  token
    .command("create")
    .description("make a token; its secret is shown once")
    .requiredOption("--name <name>", "who it is for; the log names people by it")
    .addOption(new Option("--role <role>", "what it allows").choices(roles).makeOptionMandatory())
    .option("--stage <stage...>", "only in these stages")
    .option("--group <group...>", "what its holder belongs to, for approval gates that name groups")
    .option("--expires <when>", "a duration from now, or a time")
    .action(async ({ name, role, stage, group, expires }: CreateOptions, command: Command) => {
      const session = open(command);
      const expiresAt = expires === undefined ? undefined : rfc3339(moment("--expires", expires, "future"));
      const { body } = await session.api().send<CreatedToken>("POST", apiPath("tokens"), {
        name,
        role,
        ...(stage === undefined ? {} : { stages: stage }),
        ...(group === undefined ? {} : { groups: group }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      session.print(body, () => `${body.token}\n`);
      session.note(`This is the token of ${cell(name)} (${role}). It is not shown again.`);
    });
  token
    .command("exchange")
    .description("in a build: exchange the identity that its CI gives it for a token that lives for minutes")
    .option("--audience <name>", "what the server's rules call it; GitHub Actions has to be told")
    .option("--identity <file>", "where the identity token is; otherwise SLUICE_ID_TOKEN, or GitHub Actions is asked")
    .action(async ({ audience, identity }: { audience?: string; identity?: string }, command: Command) => {
      const session = open(command);
      const sent = await identityToken(session, { file: identity, audience });
      const { body } = await session.api().send<ExchangedToken>("POST", apiPath("identity"), { token: sent });
      session.print(body, () => `${body.token}\n`);
      const where = body.stages === undefined ? "" : ` in ${body.stages.join(", ")}`;
      session.note(`${body.name}: ${body.role} of ${body.apps.join(", ")}${where}, until ${body.expiresAt}.`);
    });
  token
    .command("list")
    .description("list the tokens, without their secrets")
    .action(async (_: object, command: Command) => {
      const session = open(command);
      const { tokens } = await session.api().get<{ tokens: readonly TokenView[] }>(apiPath("tokens"));
      session.print({ tokens }, () =>
        table(
          session.style,
          ["NAME", "ROLE", "APPS", "STAGES", "GROUPS", "MADE", "BY", "EXPIRES", "REVOKED"],
          tokens.map((one) => [
            cell(one.name),
            one.role,
            one.apps?.join(", ") ?? "all",
            one.stages?.join(", ") ?? "all",
            one.groups?.join(", ") ?? "",
            when(one.createdAt),
            cell(one.createdBy),
            when(one.expiresAt),
            when(one.revokedAt),
          ]),
        ),
      );
    });
  token
    .command("revoke")
    .description("make a token worthless at once")
    .argument("<name>")
    .action(async (name: string, _: object, command: Command) => {
      const session = open(command);
      await session.api().send("DELETE", apiPath("tokens", name));
      session.print({ name, revoked: true }, () => `Revoked ${cell(name)}.\n`);
    });
}
