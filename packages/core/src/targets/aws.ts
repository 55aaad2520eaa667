import { z } from "zod";

const secretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as AWS_SECRET_ACCESS_KEY");

/** Where a service of AWS, or one that speaks like it, is asked, and by whom. */
export const awsShape = {
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "must be a region, such as eu-central-1")
    .default("us-east-1"),
  endpoint: z
    .url({ protocol: /^https?$/, error: "must be an address, such as https://s3.example.com" })
    .max(300)
    .optional()
    .describe("Where the service is, when it is not at AWS"),
  credentials: z
    .strictObject({
      "access-key-id": secretName.describe("The secret of the server that has it"),
      "secret-access-key": secretName.describe("The secret of the server that has it"),
    })
    .optional()
    .describe("Absent: what the server's own environment or role says"),
};

const awsSchema = z.strictObject(awsShape);
export type AwsAccess = z.output<typeof awsSchema>;
