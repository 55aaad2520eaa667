import type { Simulation } from "./simulation.ts";
import { count, outcomeInWords, scenarioInWords } from "./words.ts";

const width = 900;
const labels = 170;
const bars = 430;
const row = 18;
const gap = 34;
const top = 64;
/** Okabe and Ito's blue and grey: told apart by everybody. */
const own = "#0072b2";
const other = "#999999";

/** The clients that each plan harms, as an SVG 1.1 picture: a panel for each scenario, bars on a logarithmic scale. */
export function simulationSvg({ app, runs, clients, scenarios }: Simulation): string {
  const all = clients.reduce((sum, stage) => sum + stage.clients, 0);
  const most = Math.max(2, ...scenarios.flatMap(({ plans }) => plans.map(({ harmed }) => harmed.p95)));
  const place = (value: number) => (value < 1 ? 0 : 8 + (Math.log(value) / Math.log(most)) * (bars - 8));
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, more = "") =>
    parts.push(`<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`);
  text(16, 26, `${app}: clients harmed before a release is stopped`, ' font-size="16" font-weight="bold"');
  text(
    16,
    46,
    `${count(all)} clients, median of ${runs} runs, line to the 95th percentile, logarithmic`,
    ' fill="#555"',
  );
  let y = top;
  for (const { scenario, plans } of scenarios) {
    text(16, y + 12, scenarioInWords(scenario), ' font-weight="bold"');
    y += row;
    for (const [index, outcome] of plans.entries()) {
      const { plan, harmed } = outcome;
      const middle = y + row / 2;
      text(16, y + 13, plan);
      parts.push(
        `<rect x="${labels}" y="${y + 3}" width="${place(harmed.median).toFixed(1)}" height="${row - 6}" fill="${index === 0 ? own : other}"/>`,
        `<path d="M${labels + place(harmed.median)} ${middle}H${labels + place(harmed.p95)}" stroke="#333"/>`,
      );
      text(labels + bars + 16, y + 13, `${count(harmed.median)} [${count(harmed.p95)}]  ${outcomeInWords(outcome)}`);
      y += row;
    }
    y += gap - row;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="12">
<title>${escaped(app)}: clients harmed before a release is stopped</title>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
