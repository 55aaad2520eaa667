import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Random } from "../fleet/random.ts";

/** How likely each thing is to go wrong, drawn for each history apart. Shares from 0 to 1, times in ms. */
export interface Weather {
  /** In an hour: a server is killed and started again. */
  readonly crash: number;
  /** In an hour: a server stands still, for minutes or hours, and then goes on as if nothing had been. */
  readonly stall: number;
  /** In an hour: the disk is full. */
  readonly diskFull: number;
  /** In an hour: signing and publishing fails. */
  readonly publishingFails: number;
  /** In an hour: targets refuse, break, or lose their answers. */
  readonly targetsFail: number;
  /** In an hour: the monitor that releases are measured by stops, has no data, lies still or is late. */
  readonly monitorFails: number;
  /** In an hour: a server's clock jumps, by up to `clockErrorMs` either way. */
  readonly clockJump: number;
  readonly clockErrorMs: number;
  /** How much the clock of a server or a machine gains or loses at most, in ms a ms. */
  readonly clockDrift: number;
  /** A write reaches the disk, but its answer is an error. */
  readonly answerLost: number;
  /** How long a write takes at most, before and after it is on the disk. */
  readonly slowMs: number;
  /** In an hour: a person does something. */
  readonly person: number;
  /** A report is lost, and sent again later; or arrives twice. */
  readonly lostReports: number;
  readonly doubledReports: number;
  /** The share of clients that never report while there are faults. */
  readonly silentClients: number;
  /** In an hour: an agent's process is killed, or its machine loses power, in the midst of what it does to its disk. */
  readonly agentDies: number;
  /** In an hour: the disk of an agent's machine is full. */
  readonly agentDiskFull: number;
  /** An agent's request fails, or its answer is cut in the middle, or damaged. */
  readonly cutConnections: number;
  /** In an hour: somebody else changes what is live at a target. */
  readonly meddling: number;
  /** A target does its part, and then waits for somebody for hours. */
  readonly targetsWait: number;
  /** A target says once that something else is live, and is right again the next time. */
  readonly targetsBlink: number;
  /** Somebody who is to be told of news is not there, or takes it and loses the answer. */
  readonly newsLost: number;
  /** In an hour: a server is ended as its operator would, and started again. */
  readonly restarts: number;
  /** A read of the log fails. */
  readonly readsFail: number;
  /** How long a read of the log takes at most, and the news that it has grown. */
  readonly slowReadsMs: number;
  /** How long a target takes to do what it is asked for. */
  readonly effectMs: number;
}

/** Nothing goes wrong. */
export const calm: Weather = {
  crash: 0,
  stall: 0,
  diskFull: 0,
  publishingFails: 0,
  targetsFail: 0,
  monitorFails: 0,
  clockJump: 0,
  clockErrorMs: 0,
  clockDrift: 0,
  answerLost: 0,
  slowMs: 0,
  person: 0,
  lostReports: 0,
  doubledReports: 0,
  silentClients: 0,
  agentDies: 0,
  agentDiskFull: 0,
  cutConnections: 0,
  meddling: 0,
  targetsWait: 0,
  targetsBlink: 0,
  newsLost: 0,
  restarts: 0,
  readsFail: 0,
  slowReadsMs: 0,
  effectMs: 300_000,
};

/** The names of what can go wrong, as `--without` takes them. */
export const faultNames = [
  "crash",
  "stall",
  "diskFull",
  "publishingFails",
  "targetsFail",
  "monitorFails",
  "clockJump",
  "clockDrift",
  "answerLost",
  "slowMs",
  "person",
  "lostReports",
  "doubledReports",
  "silentClients",
  "agentDies",
  "agentDiskFull",
  "cutConnections",
  "meddling",
  "targetsWait",
  "targetsBlink",
  "newsLost",
  "restarts",
  "readsFail",
  "slowReadsMs",
] as const satisfies readonly (keyof Weather)[];
export type FaultName = (typeof faultNames)[number];

/** It answers nothing, has no data, says what it said before, answers long after, answers with an error, or says of good releases now and then that they are bad, and the other way round. */
export type MonitorFault = "none" | "stopped" | "empty" | "still" | "late" | "refuses" | "flaps";

/** It refuses, cannot do it at all, does it and loses the answer, or does it and does not stop when it is told to. */
export type TargetFault = "none" | "refuses" | "broken" | "loses-answers" | "goes-on";

/** A fault that took effect. */
interface Struck {
  /** ms since the epoch. */
  readonly at: number;
  readonly what: string;
}

/** What is broken at the moment. Shared with everything that can break. */
export class Faults {
  diskFull = false;
  publishing = false;
  /** What targets do that are asked for something now. */
  target: TargetFault = "none";
  /** What is wrong with the monitor that releases are measured by. */
  monitor: MonitorFault = "none";
  /** By how much the servers' clocks are wrong, in ms. */
  clockErrorMs = 0;
  /** The faults that took effect so far, the oldest first. */
  readonly struck: Struck[] = [];
  #weather: Weather;
  readonly #random: Random;
  readonly #clock: VirtualClock;
  readonly #tell: (line: string) => void;

  /** @param tell is told of every fault that takes effect */
  constructor(weather: Weather, random: Random, clock: VirtualClock, tell: (line: string) => void = () => {}) {
    this.#weather = weather;
    this.#random = random;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Notes that a fault takes effect now. */
  strike(what: string): void {
    this.struck.push({ at: this.#clock.now(), what });
    this.#tell(`fault: ${what}`);
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.diskFull = false;
    this.publishing = false;
    this.target = "none";
    this.monitor = "none";
    this.clockErrorMs = 0;
    this.#weather = {
      ...this.#weather,
      answerLost: 0,
      slowMs: 0,
      lostReports: 0,
      doubledReports: 0,
      silentClients: 0,
      cutConnections: 0,
      meddling: 0,
      targetsWait: 0,
      targetsBlink: 0,
      newsLost: 0,
      readsFail: 0,
      slowReadsMs: 0,
      effectMs: calm.effectMs,
    };
  }

  get weather(): Weather {
    return this.#weather;
  }

  /** @throws OperationalError when `broken` */
  failIf(broken: boolean): void {
    if (!broken) return;
    this.strike("something could not be written");
    throw new OperationalError("DISK_FULL", "the disk is full", { retryable: true });
  }

  /** What was written is written, but the answer may be lost. @throws OperationalError when it is */
  maybeLoseAnswer(): void {
    if (!this.#random.chance(this.#weather.answerLost)) return;
    this.strike("something was written, and the answer was lost");
    throw new OperationalError("STORE_UNAVAILABLE", "the connection was cut", { retryable: true });
  }

  /** Takes as long as a write may take. */
  async delay(): Promise<void> {
    const { slowMs } = this.#weather;
    if (slowMs === 0) return;
    const ms = this.#random.below(slowMs + 1);
    if (ms > 0) await new Promise<void>((resolve) => void this.#clock.wakeAt(this.#clock.now() + ms, resolve));
  }
}
