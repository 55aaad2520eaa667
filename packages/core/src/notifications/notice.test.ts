import { expect, test } from "vitest";
import type { ApplicationEvent, ApplicationFact } from "../application/events.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import { slackMessage, teamsMessage } from "./chat.ts";
import { noticeOf, recipientsOf } from "./notice.ts";
import { notificationsSchema, type Topic } from "./schema.ts";

const pipeline = {
  ...pipelineOf("dev", { name: "prod", gates: [{ approval: { from: ["ops"] } }] }),
  notifications: notificationsSchema.parse([
    { name: "all", kind: "slack", address: "SLACK", about: ["overrides", "rollbacks", "completions"] },
    { name: "prod-only", kind: "webhook", address: "HOOK", stages: ["prod"] },
  ]),
};
const { state } = given(pipeline).world;
const told = (fact: ApplicationFact) =>
  noticeOf(state, { ...fact, seq: 9, at: 0, actor: "ann" } satisfies ApplicationEvent);

test.each<[Topic, RegExp, ApplicationFact]>([
  [
    "overrides",
    /^OVERRIDE: .* 1\.1\.0 passes over the gates and the policies of prod\|ann: fire$/,
    { type: "PromotionOverridden", data: { id: "p", stage: "prod", version: "1.1.0", reason: "fire", policies: true } },
  ],
  [
    "rollbacks",
    /1\.1\.0 was rolled back in dev to nothing\|slow$/,
    {
      type: "PromotionRolledBack",
      data: { id: "p", stage: "dev", version: "1.1.0", to: null, cause: "manual", reason: "slow", evidence: {} },
    },
  ],
  ["withdrawals", /withdrawn\|ann: bad$/, { type: "ReleaseWithdrawn", data: { version: "1.0.0", reason: "bad" } }],
  ["freezes", /^ann froze dev of .*\|holidays$/, { type: "StageFrozen", data: { stage: "dev", reason: "holidays" } }],
  [
    "approvals",
    /waits for approval in prod\|.*sluice approve 1\.0\.0 prod$/,
    { type: "PromotionRequested", data: { id: "p", stage: "prod", version: "1.0.0", manual: false } },
  ],
  [
    "troubles",
    /^Critical issue issue-1 .*\|it burns$/,
    { type: "IssueOpened", data: { id: "issue-1", version: "1.0.0", title: "it burns", severity: "critical" } },
  ],
  [
    "completions",
    /1\.0\.0 is live in dev\|/,
    { type: "PromotionCompleted", data: { id: "p", stage: "dev", version: "1.0.0", evidence: {} } },
  ],
])("people hear of %s", (topic, words, fact) => {
  const notice = told(fact);
  expect(notice).toMatchObject({ topic });
  expect(`${notice?.title}|${notice?.text}`).toMatch(words);
});

test("nobody hears of what is routine", () => {
  const asked = { id: "p", stage: "dev", version: "1.0.0", manual: false };
  expect(told({ type: "PromotionRequested", data: asked })).toBeUndefined();
  expect(
    told({ type: "IssueOpened", data: { id: "i", version: "1.0.0", title: "?", severity: "info" } }),
  ).toBeUndefined();
  expect(told({ type: "FeedsPublished", data: { upTo: 1, feeds: {} } })).toBeUndefined();
});

test("each recipient hears of the topics and stages that it asked for, and of what concerns all stages", () => {
  const names = (topic: Topic, stage?: string) =>
    recipientsOf(state, { topic, level: "info", title: "", text: "", ...(stage === undefined ? {} : { stage }) }).map(
      ({ name }) => name,
    );
  expect(names("overrides", "dev")).toEqual(["all"]);
  expect(names("overrides", "prod")).toEqual(["all", "prod-only"]);
  expect(names("withdrawals")).toEqual(["prod-only"]);
  expect(names("completions", "prod")).toEqual(["all"]);
});

test("an address is the name of a secret, and names of recipients differ", () => {
  const one = { name: "ops", kind: "slack", address: "SLACK" };
  expect(notificationsSchema.safeParse([{ ...one, address: "https://chat.example/secret" }]).success).toBe(false);
  expect(notificationsSchema.safeParse([one, one]).success).toBe(false);
});

test("what people wrote becomes no markup", () => {
  const message = { level: "critical", title: "a <b>", text: "<!channel> & co" } as const;
  expect(slackMessage(message)).toEqual({ text: "[critical] *a &lt;b&gt;*\n&lt;!channel&gt; &amp; co" });
  expect(teamsMessage(message)).toMatchObject({ attachments: [{ content: { body: [{ color: "Attention" }, {}] } }] });
});
