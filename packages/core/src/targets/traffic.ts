import { z } from "zod";
import { awsShape } from "./aws.ts";

const nameSchema = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, "must be a name as HAProxy has them");
const addressSchema = z
  .string()
  .max(100)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/, "must be HOST:PORT");
const awsName = z.string().regex(/^[A-Za-z0-9_-]{1,140}$/, "must be a name as AWS has them");

const haproxySchema = z.strictObject({
  socket: z
    .string()
    .max(100)
    .regex(/^(?:\/[^\0]+|[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$/, "must be a path, or HOST:PORT")
    .describe("The runtime API: `stats socket … level admin` of its configuration"),
  backend: nameSchema.describe("The backend whose servers share the traffic"),
});

const caddySchema = z.strictObject({
  admin: z
    .url({ protocol: /^https?$/, error: "must be an address, such as http://127.0.0.1:2019" })
    .max(300)
    .default("http://127.0.0.1:2019")
    .describe("The admin API"),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, "must be an @id of Caddy's configuration")
    .describe("The `@id` of the reverse_proxy handler whose upstreams share the traffic"),
  servers: z
    .array(addressSchema)
    .min(1)
    .max(20)
    .refine((all) => new Set(all).size === all.length, "must not name a server twice")
    .describe("The servers that may be its upstreams"),
});

/** A Lambda function whose published versions are told apart by what they are made of. */
const lambdaShape = {
  function: awsName.describe("The function's name"),
  alias: awsName.describe("The alias that callers use"),
  component: z
    .string()
    .max(63)
    .optional()
    .describe("The component of the release that is the function's package; needed where a release has several"),
  ...awsShape,
};
const lambdaSchema = z.strictObject(lambdaShape);

const codeDeploySchema = z.strictObject({
  application: awsName.describe("CodeDeploy's application"),
  group: awsName.describe("Its deployment group"),
  lambda: z.strictObject(lambdaShape).describe("The function and the alias that it moves"),
  ...awsShape,
});

const routers = {
  haproxy: haproxySchema.describe("HAProxy, by its runtime API"),
  caddy: caddySchema.describe("Caddy, by its admin API"),
  lambda: lambdaSchema.describe("The weights of a Lambda function's alias"),
  codedeploy: codeDeploySchema.describe("CodeDeploy, which shifts by its own configuration"),
};
const routerNames = Object.keys(routers).join(", ");

/** Live traffic, shared between two releases. */
export const trafficTargetSchema = z
  .strictObject({
    haproxy: routers.haproxy.optional(),
    caddy: routers.caddy.optional(),
    lambda: routers.lambda.optional(),
    codedeploy: routers.codedeploy.optional(),
    "version-path": z
      .string()
      .max(500)
      .regex(/^\/[\x21-\x7e]*$/, "must be a path, such as /version")
      .default("/version")
      .describe("Where each server says which version it runs: as text, or as member `version` of a JSON object"),
  })
  .refine(
    (target) => Object.keys(routers).filter((name) => Object.hasOwn(target, name)).length === 1,
    `must name exactly one router: ${routerNames}`,
  );

export type TrafficTarget = z.output<typeof trafficTargetSchema>;
export type HaproxySpec = z.output<typeof haproxySchema>;
export type CaddySpec = z.output<typeof caddySchema>;
export type LambdaSpec = z.output<typeof lambdaSchema>;
export type CodeDeploySpec = z.output<typeof codeDeploySchema>;
