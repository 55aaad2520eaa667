import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import type { MeasuredAnalysis } from "@sluice/core/analysis/measured.ts";
import { fillIn } from "@sluice/core/analysis/placeholders.ts";
import { judgeCloudWatch } from "@sluice/core/analysis/providers/cloudwatch.ts";
import { judgeCommand } from "@sluice/core/analysis/providers/command.ts";
import type { Answer, Ask } from "@sluice/server/analysis/ask.ts";
import type { Measured } from "@sluice/server/analysis/provider.ts";
import { type Measure, providersOf } from "@sluice/server/analysis/providers.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Random } from "../fleet/random.ts";
import type { Faults } from "./faults.ts";
import { drawAlarms, drawExit, drawHttp, drawPrometheus, type RawAnswer } from "./monitor-answers.ts";

/** How much later than asked a late answer comes at most, in ms: some come before they are given up. */
const lateMsMost = 480_000;

/** One measurement: what production code asked, what it was answered, and what it made of that. */
export interface Noted {
  readonly analysis: MeasuredAnalysis;
  readonly measured: Measured;
  /** The release that the question was about. */
  readonly asked: string;
  readonly raw: RawAnswer;
  readonly tookMs: number;
  readonly finding: Finding;
}

/**
 * What releases are measured by: it knows the truth, and has every fault that a monitor can have. It answers as the real thing would; what
 * that means is judged by production code.
 */
export class Monitor {
  /** Whether a version does harm. Set by whoever makes the versions. */
  isBad: (version: string) => boolean = () => false;
  readonly noted: Noted[] = [];
  /** When it was asked last: by stage, version and analysis, in ms since the epoch. */
  readonly askedAt = new Map<string, number>();
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  readonly #random: Random;
  /** What was answered last, by kind: a monitor that lies still says it again, whatever it is asked. */
  readonly #last = new Map<string, RawAnswer>();

  constructor(clock: VirtualClock, faults: Faults, random: Random) {
    this.#clock = clock;
    this.#faults = faults;
    this.#random = random;
  }

  readonly measure: Measure = async (analysis, measured, signal) => {
    let seen: { readonly asked: string; readonly raw: RawAnswer } | undefined;
    const answer = async (asked: string, within: AbortSignal): Promise<RawAnswer> => {
      const raw = this.#answer(analysis, asked);
      if (this.#faults.monitor === "late") await this.#later(within);
      // Nobody hears what comes after they have stopped listening.
      seen = { asked, raw: within.aborted ? { kind: analysis.kind, nothing: true } : raw };
      return seen.raw;
    };
    const since = this.#clock.now();
    this.askedAt.set(`${measured.stage} ${measured.version} ${analysis.name}`, since);
    const finding = await this.#judged(analysis, measured, signal, answer);
    const { asked = measured.version, raw = { kind: analysis.kind, nothing: true } as const } = seen ?? {};
    const tookMs = this.#clock.now() - since;
    if (!signal.aborted) this.noted.push({ analysis, measured, asked, raw, tookMs, finding });
    return finding;
  };

  /** Lets production code judge an answer. */
  async #judged(
    analysis: MeasuredAnalysis,
    measured: Measured,
    signal: AbortSignal,
    answer: (asked: string, within: AbortSignal) => Promise<RawAnswer>,
  ): Promise<Finding> {
    const none = measurementError("monitor: it does not answer");
    if (analysis.kind === "command") {
      const raw = await answer(measured.version, signal);
      return "exitCode" in raw
        ? judgeCommand(analysis.config, { exitCode: raw.exitCode, durationMs: 1, output: "" })
        : none;
    }
    if (analysis.kind === "cloudwatch") {
      const names = analysis.config.alarms.map((name) => fillIn(name, measured));
      const raw = await answer(versionIn(names.join(" ")) ?? measured.version, signal);
      if (!("states" in raw)) return none;
      const states = Object.entries(raw.states);
      return judgeCloudWatch(
        names,
        states.map(([name, state]) => ({ name: fillIn(name, measured), state, reason: undefined, since: undefined })),
      );
    }
    const ask: Ask = async ({ url, signal: within }) => {
      const raw = await answer(versionIn(decodeURIComponent(url.href)) ?? measured.version, within);
      if (!("body" in raw)) throw new Error("connect ECONNREFUSED");
      return { status: raw.status, body: raw.body, headers: headersOf(raw) };
    };
    const options = { clock: this.#clock, secrets: () => undefined, commandsDir: undefined, ask };
    return providersOf({ ...options, prometheusUrl: "http://monitor" })(analysis, measured, signal);
  }

  #answer(analysis: MeasuredAnalysis, asked: string): RawAnswer {
    const { monitor } = this.#faults;
    if (monitor !== "none") this.#faults.strike(`the monitor is asked, which is at fault: ${monitor}`);
    const nothing = { kind: analysis.kind, nothing: true } as const;
    if (monitor === "stopped" || (monitor === "refuses" && analysis.kind === "http")) return nothing;
    const key = JSON.stringify([analysis.kind, analysis.config]);
    const last = this.#last.get(key);
    if (monitor === "still" && last !== undefined) return last;
    const isWrong = monitor === "flaps" && this.#random.chance(0.4);
    const raw = this.#draw(analysis, this.isBad(asked) !== isWrong);
    this.#last.set(key, raw);
    return raw;
  }

  #draw({ kind, config }: MeasuredAnalysis, isBad: boolean): RawAnswer {
    const { monitor } = this.#faults;
    switch (kind) {
      case "prometheus":
        return drawPrometheus(config, isBad, monitor, this.#random);
      case "http":
        return drawHttp(isBad, monitor, this.#random);
      case "command":
        return drawExit(isBad, monitor);
      case "cloudwatch":
        return drawAlarms(config.alarms, isBad, monitor, this.#random);
    }
  }

  #later(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.wakeAt(this.#clock.now() + this.#random.below(lateMsMost), resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
}

/** The release that a question names; undefined where it names none: then it is about whatever is there. */
function versionIn(question: string): string | undefined {
  return question.match(/\d+\.\d+\.\d+/)?.[0];
}

function headersOf(raw: RawAnswer): Answer["headers"] {
  return "age" in raw && raw.age > 0 ? { age: String(raw.age) } : {};
}
