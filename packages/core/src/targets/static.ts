import { z } from "zod";
import { oneOf } from "../pipeline/one-of.ts";
import { awsShape } from "./aws.ts";
import { isInside } from "./command-line.ts";

const bucketSchema = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "must be a bucket's name: 3 to 63 lower-case letters, digits, dots, dashes",
    ),
  prefix: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, "must be the beginning of keys, such as updates/shop")
    .optional()
    .describe("What the keys of all files begin with"),
  ...awsShape,
});

/** The signed update feed as plain files, for any web server or CDN. */
export const staticTargetSchema = oneOf(
  {
    folder: z
      .string()
      .max(300)
      .refine(isInside, "must be a path inside the server's folder for static feeds")
      .describe("A folder inside the one that the server is started with: --static DIR"),
    s3: bucketSchema.describe("A bucket of S3, or of what speaks like it"),
  },
  "place",
);

export type StaticTarget = z.output<typeof staticTargetSchema>;
export type BucketSpec = z.output<typeof bucketSchema>;
