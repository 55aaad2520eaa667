import type { HttpContext } from "@sluice/server/http/context.ts";
import { IdentityRefused } from "@sluice/server/oidc/identities.ts";

type Identities = NonNullable<HttpContext["identities"]>;
type Identity = Awaited<ReturnType<Identities["verify"]>>;

/** What builds are, by the identity token that their CI gave them. That signatures are verified is the business of other tests. */
export class ForgeIdentities implements Identities {
  readonly given = new Map<string, Identity["rule"]>();

  /** Gives a build an identity. @returns its token */
  give(rule: Identity["rule"]): string {
    const token = `build.${this.given.size}.signature`;
    this.given.set(token, rule);
    return token;
  }

  async verify(token: string): Promise<Identity> {
    const rule = this.given.get(token);
    if (rule === undefined) throw new IdentityRefused("nobody knows it");
    return { rule, subject: "repo:acme/simulated" };
  }
}
