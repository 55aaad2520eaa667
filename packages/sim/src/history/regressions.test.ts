import { expect, test } from "vitest";
import { runHistory } from "./run.ts";

/**
 * Seeds that showed something, and what it was: in the product, in a checker or in what is simulated. A seed tells another history as soon as anything is drawn
 * in another way, so it need not come by the same place again: these are histories among others, kept to name what was found. What keeps a mistake of the product
 * from coming back is its plain test: of 201 in core/application/apply-pipeline.test.ts, of 60007 in world/clock-jumps.test.ts, of 2200296 in
 * server-files/run.test.ts.
 */
test.each([
  [60002015, "a server that could not read what had come to the log waited until more came"],
  [60004033, "a server that was told of what came to the log while it was reading did not read it"],
  [60003045, "a server that was ended while it asked for the lease got it, and kept it"],
  [60003118, "news that came while the log could not be read were told to nobody"],
  [60001117, "a target was looked at in vain whenever something happened meanwhile, and drift was not found"],
  [7, "a freeze that ends by itself was taken for one that lasts"],
  [20, "an approval was expected that the gate asks of major releases alone"],
  [106, "a policy that people had laid down did not allow the pipeline of the rest"],
  [201, "a stage that came back asked the next one to take what was withdrawn while it was away"],
  [517, "a rollout that no client could take held the next release for longer than the rest lasts"],
  [5037, "what an earlier rollout had published was taken for more than the next one of the same release may give"],
  [5001, "an agent waited for ever for a server that had been killed in the midst of its answer"],
  [60007, "a clock that was set back made clients silent who had just been let in, and took the release back"],
  [
    60044,
    "a machine that went back further and forward again between two looks was taken for one that went back by itself",
  ],
  [
    700056,
    "a slow store let a client in when those before it were overdue by the servers' clock, and they were counted",
  ],
  [700213, "a client that only put an update off was taken for one that has it"],
  [91007, "approvals of a release that is complete were expected to end with the pipeline"],
  [2200296, "a signing key that a killed server had made was lost with the power, after clients had come to trust it"],
  [20000223, "a target that a new pipeline has left out was expected to end the rollout that it failed for"],
  [
    795249411,
    "who is at risk was counted after the fact, and a client that had answered twice counted as one that had not",
  ],
  [
    795261380,
    "a simulated clock told fractions of a millisecond, which no clock does, and the controller failed of them",
  ],
  [30030001, "the update check answered all who were to be sent back by and by what it had answered the first of them"],
  [991000591, "news that the store had and the server had not taken in yet were told, and put down by nobody"],
  [994000144, "a client that went back as it was told, from an earlier rollout, counted as an answer in the next one"],
  [998000315, "a window that recurs and is shut on some days of the week opened, and nobody looked when it did"],
  [
    1004000345,
    "a release was offered that the feed published last did not, as the log had gone on while it was published",
  ],
  [
    1004000192,
    "what is asked of others was expected within half an hour although the log could not be read now and then",
  ],
  [1004000980, "a rollout was expected to go on within half an hour although the disk had been full"],
  [79, "who recalled a promotion into a stage that was gone was told that there is none, and it was recalled"],
  [
    1002000639,
    "a person was asked about an analysis that had been inconclusive before another pipeline, and passed by then",
  ],
  [
    1002000560,
    "what was superseded after its stage had gone back, at the same moment, was expected to be asked for again",
  ],
  [1002000941, "what is measured every few minutes was taken for not measured, as it was due whenever anybody looked"],
  [
    1002000496,
    "a server that stood still for six hours was taken for one that goes on, as it was to stand still for one more",
  ],
  [20045, "a client that asks several times at once was expected to keep a place to download that an answer took"],
  [995001312, "a share of nobody in the first wave was taken for more than is published"],
  [990000140, "servers were expected to answer by a publication of which the log did not tell yet"],
  [992000243, "a client whose server was away was expected to report that the update failed"],
  [992000257, "with slow writes measurements were expected in time"],
  [993000271, "a release that somebody named at a route was not taken for named"],
  [990000775, "a machine whose disk was full was expected to take back at once what was not healthy"],
  [72000030, "by a wrong clock an answer that counts for minutes never counted"],
  [
    61000155,
    "a slow store let a client in after a freeze of which the server that was asked could not know, and the client, which asked again, was taken for one let in since",
  ],
])(
  "seed %i: %s",
  async (seed) => {
    expect((await runHistory(seed)).violation).toBeUndefined();
  },
  120_000,
);
