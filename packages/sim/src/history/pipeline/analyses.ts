import { Random } from "../../fleet/random.ts";

/** What stands in a question for what is measured. */
const [version, stage] = [`\${version}`, `\${stage}`];

/** What a stage measures its releases by, as the items of the pipeline file. @param countsClients whether its clients are counted anyway */
export function drawAnalyses(random: Random, countsClients: boolean): string[] {
  const analyses: string[] = [];
  const clients = !countsClients && random.chance(0.4);
  // Drawn apart: how something is measured leaves all other draws as they are.
  const own = new Random(random.uint32(), 31);
  if (clients)
    analyses.push(`clients: { max-failure-rate: 1%, min-clients: ${1 + own.below(own.chance(0.5) ? 1 : 4)} }`);
  if (own.chance(0.4)) analyses.push(drawMeasured(own));
  if (own.chance(0.15)) analyses.push(drawMeasured(own));
  if (own.chance(0.15)) analyses.push(`issues: { at-least: ${own.chance(0.5) ? "critical" : "warning"} }`);
  return analyses;
}

function drawMeasured(random: Random): string {
  const kind = random.fraction();
  const rules = drawMeasuring(random);
  if (kind < 0.36) return `prometheus: { ${[...drawPrometheus(random), ...rules].join(", ")} }`;
  if (kind < 0.6) return `http: { ${[...drawHttp(random), ...rules].join(", ")} }`;
  if (kind < 0.78)
    return `command: { run: [look.sh], exit-codes: { pass: [0], fail: [1], inconclusive: [3] }, ${rules.join(", ")} }`;
  const alarms = ["errors", "latency"].map((what) => `"${stage} ${version} ${what}"`).slice(random.below(2));
  return `cloudwatch: { alarms: [${alarms.join(", ")}], ${rules.join(", ")} }`;
}

/** How often it is measured, and what it takes to pass, to fail and to ask a person. */
function drawMeasuring(random: Random): string[] {
  // Short ones have more than one measurement at an exposure.
  const longest = [10, 60, 60, 360][random.below(4)] ?? 60;
  const intervalMinutes = 1 + random.below(longest);
  const rules = [
    `interval: ${intervalMinutes}m`,
    `failures: ${random.below(3)}`,
    `count: ${1 + random.below(3)}`,
    `for: ${random.below(2) * 30}m`,
    `on-inconclusive: ${random.chance(0.4) ? "pause" : "hold"}`,
  ];
  if (random.chance(0.5)) rules.push(`inconclusive: ${random.below(4)}`);
  if (random.chance(0.5)) rules.push(`consecutive-errors: ${random.chance(0.3) ? 1_000 : random.below(3)}`);
  if (random.chance(0.2)) rules.push(`initial-delay: ${random.below(180)}m`);
  return rules;
}

function drawPrometheus(random: Random): string[] {
  const isShare = random.chance(0.3);
  const about = `version=\\"${version}\\", stage=\\"${stage}\\"`;
  const probe = [
    'url: "http://monitor"',
    `query: "${isShare ? "success" : "errors"}{${about}}"`,
    isShare ? "min: 95%" : "max: 5%",
  ];
  if (random.chance(0.4)) probe.push(`aggregate: ${isShare ? "min" : "max"}`);
  if (random.chance(0.3)) probe.push("timeout: 5m");
  return probe;
}

function drawHttp(random: Random): string[] {
  const probe = [`url: "http://app/health?release=${version}"`, "expect: 2xx", "contains: ok"];
  if (random.chance(0.5)) probe.push("timeout: 5m", "max-latency: 2m");
  if (random.chance(0.15)) probe.push("no-answer: fail");
  return probe;
}
