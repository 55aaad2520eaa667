import { z } from "zod";

/** What a stage's plan can see, said before a release is rolled out in it. */
export const powerSchema = z.object({
  stage: z.string(),
  clients: z.int(),
  clientsKnown: z.boolean().describe("Whether clients have reported there; otherwise their number is assumed"),
  checkEveryMs: z.number(),
  limit: z.number().describe("The failure rate above which a release does harm, as a fraction"),
  surelyCaught: z
    .number()
    .nullable()
    .describe("The lowest failure rate that is stopped in at least nine cases of ten, as a fraction; null: none"),
  afterClients: z.int().nullable().describe("How many clients have it by then in half of the cases"),
  goodReleaseMs: z
    .number()
    .nullable()
    .describe("How long a good release takes until 99 % of the clients have it; null: a person has to decide"),
  says: z.array(z.string()).readonly().describe("The same for people: a sentence each"),
  assumes: z.string().describe("What was assumed, as a sentence"),
});
