import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A version of the function, and hexadecimal SHA-256 of its package. */
interface FunctionVersion {
  readonly number: string;
  readonly sha256: string;
}

/**
 * A server of the tests' own that speaks the documented wire protocols of Lambda and CodeDeploy, as far as the targets use them. It is
 * not AWS, and proves nothing about AWS: only that the AWS clients send and read what the documents say.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
 * @see https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
 */
export class StandInForAws {
  readonly versions: FunctionVersion[] = [];
  alias: { main: string; weights: Record<string, number>; revision: number };
  deployments: { id: string; status: string; content: string; from: string }[] = [];
  /** What a deployment comes to after it was looked at so often. */
  outcome: { readonly status: string; readonly looks: number } = { status: "Succeeded", looks: 1 };
  changes = 0;
  left: number | undefined;
  /** Answers every request with this, while it is set. */
  refuse: { readonly status: number; readonly type: string } | undefined;
  endpoint = "";
  #looks = 0;
  readonly #server = createServer(async (incoming, answer) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const action = String(incoming.headers["x-amz-target"] ?? `${incoming.method} ${incoming.url}`);
    const said = this.#refused() ?? this.#answer(action, body === "" ? {} : JSON.parse(body));
    if (said === undefined) {
      incoming.socket.destroy();
      return;
    }
    answer.writeHead(said.status, { "content-type": "application/json", "x-amzn-errortype": said.type ?? "" });
    answer.end(JSON.stringify(said.body));
  });

  constructor(versions: readonly FunctionVersion[], main: string) {
    this.versions.push(...versions);
    this.alias = { main, weights: {}, revision: 1 };
  }

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #refused() {
    return this.refuse === undefined ? undefined : { ...this.refuse, body: { message: "as the test wants it" } };
  }

  /** Undefined: the connection breaks off. */
  #answer(action: string, body: Record<string, unknown>): { status: number; type?: string; body: unknown } | undefined {
    const changing = /^PUT|CreateDeployment$|StopDeployment$/.test(action);
    if (changing && this.left === 0) return undefined;
    if (changing && this.left !== undefined) this.left--;
    if (/^GET .*\/versions/.test(action)) {
      const Versions = this.versions.map(({ number, sha256 }) => ({
        Version: number,
        CodeSha256: Buffer.from(sha256, "hex").toString("base64"),
      }));
      return { status: 200, body: { Versions: [{ Version: "$LATEST", CodeSha256: "" }, ...Versions] } };
    }
    if (/^GET .*\/aliases\//.test(action)) return { status: 200, body: this.#aliasBody() };
    if (/^PUT .*\/aliases\//.test(action)) return this.#updateAlias(body);
    return this.#codeDeploy(action.split(".").at(-1) ?? "", body);
  }

  #aliasBody() {
    const { main, weights, revision } = this.alias;
    return { FunctionVersion: main, RevisionId: `r${revision}`, RoutingConfig: { AdditionalVersionWeights: weights } };
  }

  #updateAlias(body: Record<string, unknown>) {
    if (body.RevisionId !== `r${this.alias.revision}`)
      return { status: 412, type: "PreconditionFailedException", body: { message: "The RevisionId does not match" } };
    const { AdditionalVersionWeights: weights = {} } = (body.RoutingConfig ?? {}) as Record<
      string,
      Record<string, number>
    >;
    this.#move(String(body.FunctionVersion), weights);
    this.changes++;
    return { status: 200, body: this.#aliasBody() };
  }

  #move(main: string, weights: Record<string, number> = {}) {
    this.alias = { main, weights, revision: this.alias.revision + 1 };
  }

  #codeDeploy(action: string, body: Record<string, unknown>) {
    const last = this.deployments.at(-1);
    if (action === "GetDeploymentGroup") {
      const lastAttemptedDeployment = last === undefined ? {} : { lastAttemptedDeployment: { deploymentId: last.id } };
      return { status: 200, body: { deploymentGroupInfo: lastAttemptedDeployment } };
    }
    if (action === "CreateDeployment") {
      this.changes++;
      this.#looks = 0;
      const { appSpecContent } = body.revision as { appSpecContent: { content: string } };
      const id = `d-${this.deployments.length + 1}`;
      const from = this.alias.main;
      this.deployments.push({ id, status: "InProgress", content: appSpecContent.content, from });
      this.#move(from, { [targetOf(appSpecContent.content)]: 0.1 });
      return { status: 200, body: { deploymentId: id } };
    }
    const asked = this.deployments.find(({ id }) => id === body.deploymentId);
    if (asked === undefined) return { status: 400, type: "DeploymentDoesNotExistException", body: {} };
    if (action === "StopDeployment") {
      this.changes++;
      asked.status = "Stopped";
      this.#move(asked.from);
      return { status: 200, body: { status: "Succeeded" } };
    }
    if (asked.status === "InProgress" && ++this.#looks > this.outcome.looks) {
      asked.status = this.outcome.status;
      this.#move(asked.status === "Succeeded" ? targetOf(asked.content) : asked.from);
    }
    const errorInformation = asked.status === "Failed" ? { message: "an alarm went off" } : undefined;
    const revision = { revisionType: "AppSpecContent", appSpecContent: { content: asked.content } };
    return { status: 200, body: { deploymentInfo: { status: asked.status, revision, errorInformation } } };
  }
}

function targetOf(content: string): string {
  const { Resources } = JSON.parse(content) as { Resources: { function: { Properties: { TargetVersion: string } } }[] };
  return Resources[0]?.function.Properties.TargetVersion ?? "";
}
