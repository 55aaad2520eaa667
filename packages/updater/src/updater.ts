import { EventEmitter } from "node:events";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { isInProgress } from "./agent/note.ts";
import { type Choice, type Choices, choose, noteSeen, readChoices } from "./choices/choices.ts";
import { layoutOf } from "./disk/layout.ts";
import type { CheckResult, Offered, Progress, UpdateResult, UpdaterEvents, UpdaterState } from "./events.ts";
import { currentVersion } from "./install/current.ts";
import { isInstalled } from "./install/install.ts";
import { rollbackTarget } from "./install/rollback-target.ts";
import { openInstallation } from "./installation.ts";
import { inspectKept } from "./integrity/inspect.ts";
import type { UpdaterOptions } from "./options.ts";
import { assemble } from "./parts.ts";
import { isRunning } from "./program/run-file.ts";
import { type Delay, openSender } from "./reports/send.ts";
import { openSession, type Session } from "./session.ts";
import { type News, readNote, readStatus, type Status, writeNote } from "./status.ts";
import { placeOf } from "./transaction/effects.ts";
import { readJournal } from "./transaction/journal.ts";
import { openProbation } from "./transaction/probation.ts";

const onlyAsked = () => ({ why: "somebody only asked what is on offer" });

/** How often is written down how far a download is, ms. */
const progressEveryMs = 1_000;

/** What a visit to the server led to. */
export interface Visit {
  readonly result: CheckResult | UpdateResult;
  readonly nextCheckSeconds?: number;
}

/** What is said to an offer: install it now; or not now, and why. */
export type Decision = true | { readonly why: string };

/** One installation's updater. All methods may be called at any time; who comes while an update is under way is refused. */
export interface Updater {
  readonly events: EventEmitter<UpdaterEvents>;
  state(): UpdaterState;
  /** Asks what there is, and installs nothing. */
  check(signal?: AbortSignal): Promise<CheckResult>;
  /**
   * Installs what is on offer, if anything is, and waits until it is healthy or taken back.
   * @throws UpdaterError UPDATE_IN_PROGRESS, and those of the check
   */
  update(signal?: AbortSignal): Promise<UpdateResult>;
  /**
   * Goes back to the version before, which is still here.
   * @throws UpdaterError UPDATE_IN_PROGRESS, NOTHING_TO_ROLL_BACK
   */
  rollback(reason: string, signal?: AbortSignal): Promise<UpdateResult>;
  status(): Promise<Status>;
  /**
   * Compares the versions that are kept here with what was installed, at a gentle rate; what was changed by hand is put back and reported.
   * @param options.thorough reads every file; otherwise only those that look otherwise than when they were read last
   * @param options.mayAsk whether the server may be asked for what was released. Default: yes
   */
  inspect(options: { readonly thorough: boolean; readonly mayAsk?: boolean }, signal?: AbortSignal): Promise<void>;
  /** Checks, and installs at once what is decided so. An update that is not is given back, so that a rollout does not wait for it. */
  visit(decide: (offer: Offered) => Decision | Promise<Decision>, signal?: AbortSignal): Promise<Visit>;
  /** Sends the reports that wait. @returns whether all are sent */
  sendReports(signal?: AbortSignal): Promise<boolean>;
  /** How long to wait before trying again to send reports. */
  reportDelay(): Delay;
  /**
   * Writes down what a person says of an update on offer.
   * @throws UpdaterError CHOICE_REFUSED
   */
  choose(choice: Choice): Promise<Choices>;
  /** What people said, with when the mandatory release was first seen, where there is one. */
  choicesFor(mandatory: string | undefined): Promise<Choices>;
  /** Writes down what `status` tells of the agent. */
  note(news: News): Promise<void>;
  /** Writes down, for `status`, what does not work beside the updates. @param why undefined: it works again */
  trouble(about: string, why: string | undefined): Promise<void>;
  /** Takes the installation and its program into care: from now on, until it is called off, the current version is kept running. */
  takeCare(): Promise<Care>;
}

export interface Care {
  /** Ends what was left open, then sees to it that the current version runs and nothing else. */
  settle(signal: AbortSignal): Promise<void>;
  /**
   * Starts the current version where it is not kept running already.
   * @throws UpdaterError UPDATE_IN_PROGRESS, PROGRAM_FAILED
   */
  ensureRunning(): Promise<void>;
  /** Stops the program and gives the installation free. */
  end(): Promise<void>;
}

/**
 * Opens the updater of an installation. Nothing happens before a method is called.
 * @throws failed system calls, when the folder cannot be made or read
 */
export async function openUpdater(options: UpdaterOptions): Promise<Updater> {
  const layout = layoutOf(options.folder);
  const events = new EventEmitter<UpdaterEvents>();
  let state: UpdaterState = { name: "idle" };
  // What an earlier process found is known until this one has asked.
  const lastCheck = (await readNote(layout))?.lastCheck;
  let news: News = lastCheck === undefined ? {} : { lastCheck };
  const troubles = new Map<string, string>();
  let inCare = false;
  let noting: Promise<void> = Promise.resolve();
  let progress: Progress | undefined;
  let progressAtMs = 0;
  const note = (): Promise<void> => {
    const under = progress === undefined ? {} : { progress };
    const now = { ...news, pid: process.pid, state, ...under, troubles: [...troubles.values()] };
    noting = noting.then(() => writeNote(layout, now)).catch(() => undefined);
    return noting;
  };
  const setState = (next: UpdaterState): void => {
    if (next.name === state.name && next.version === state.version) return;
    state = next;
    progress = undefined;
    void note();
    events.emit("state", next);
  };
  const parts = await assemble(layout, options, {
    onState: setState,
    onProgress: (next) => {
      progress = next;
      const now = parts.ports.clock.now();
      if (Math.abs(now - progressAtMs) >= progressEveryMs) {
        progressAtMs = now;
        void note();
      }
      events.emit("progress", next);
    },
    onReport: () => events.emit("report"),
    onDeath: (version) => void takeBackWhatCrashes(version),
    onEnded: (result) => events.emit("ended", result),
  });
  const { program, log } = parts;
  const installation = openInstallation(options.folder, log, options.openJournal, options.takeLock);
  const sender = openSender({
    ...parts,
    server: options.reports ?? options.server,
    token: options.token ?? (async () => undefined),
  });

  const exclusively = <T>(
    purpose: "check" | "update",
    signal: AbortSignal,
    act: (session: Session, escalate: () => void) => Promise<T>,
  ): Promise<T> =>
    installation.exclusively(purpose, async (journal, escalate) => {
      try {
        const session = await openSession(parts, journal, signal);
        await session.settle();
        return await act(session, escalate);
      } finally {
        if (!inCare) program?.release();
        setState({ name: "idle" });
        await noting;
      }
    });

  const probation = openProbation(options.rollback.probationMs ?? 600_000);
  /** A version that was healthy and then dies again and again is taken back, as long as it is on probation. */
  async function takeBackWhatCrashes(version: string): Promise<void> {
    const now = parts.ports.clock.now();
    const { installed } = await readJournal(layout.journal);
    if (!inCare || !options.rollback.automatic || installed.version !== version) return;
    if (!probation.died(version, installed.since, now)) return;
    const reason = `the program ended again and again within ${formatDuration(now - (installed.since ?? now))} of the update`;
    log.error("The version does not last and is taken back", { version, why: reason });
    await exclusively("update", new AbortController().signal, async (session) => {
      const target = await rollbackTarget(layout, session.installed());
      if (target.version !== version) return;
      await session.transact({
        from: version,
        to: target.previous,
        cause: "rollback",
        code: "PROGRAM_CRASHES",
        reason,
      });
    }).catch((error: unknown) => log.error("The version could not be taken back", { version, why: String(error) }));
  }

  const visit = (
    purpose: "check" | "update",
    decide: (offer: Offered) => Decision | Promise<Decision>,
    signal = new AbortController().signal,
  ): Promise<Visit> =>
    exclusively(purpose, signal, async (session, escalate) => {
      const { result, release, nextCheckSeconds } = await session.look();
      events.emit("found", result);
      const next = nextCheckSeconds === undefined ? {} : { nextCheckSeconds };
      if (release === undefined || (result.kind !== "update" && result.kind !== "rollback")) return { result, ...next };
      const decision = await decide(result);
      if (decision !== true) {
        if (result.kind === "update") await session.defer(result.version, decision.why);
        return { result, ...next };
      }
      escalate();
      const from = session.installed().version;
      const begun = { to: result.version, manifest: release.manifest, cause: result.kind };
      const ended = await session.transact(from === undefined ? begun : { ...begun, from }, release.components);
      return { result: ended, ...next };
    });

  const ensureRunning = (): Promise<void> =>
    installation.exclusively("check", async () => {
      if (program === undefined) return;
      const version = await currentVersion(layout);
      if (version === undefined || version === "unusable") await program.stop();
      // What cannot be started again is left running.
      else if (!(await isInstalled(layout, version)) && (await isRunning(layout, version))) return;
      else if (program.watching() !== version) await program.start(placeOf(layout, version), true);
    });

  return {
    events,
    state: () => state,
    check: async (signal) => (await visit("check", onlyAsked, signal)).result as CheckResult,
    update: async (signal) => (await visit("update", () => true, signal)).result as UpdateResult,
    rollback: (reason, signal = new AbortController().signal) =>
      exclusively("update", signal, async (session) => {
        const { version, previous } = await rollbackTarget(layout, session.installed());
        return await session.transact({ from: version, to: previous, cause: "rollback", reason });
      }),
    status: () => readStatus(layout),
    async inspect({ thorough, mayAsk = true }, signal = new AbortController().signal) {
      const altered = await inspectKept(parts, await readJournal(layout.journal), thorough, signal);
      for (const version of altered)
        await exclusively("check", signal, (session) => session.attend(version, mayAsk)).catch((error: unknown) => {
          // An update is under way, and looks at the version itself.
          if (!isInProgress(error)) throw error;
        });
    },
    visit: (decide, signal) => visit("check", decide, signal),
    async choose(choice) {
      const chosen = await choose(layout, choice, parts.ports.clock.now());
      events.emit("chosen");
      return chosen;
    },
    choicesFor: (mandatory) =>
      mandatory === undefined ? readChoices(layout) : noteSeen(layout, mandatory, parts.ports.clock.now()),
    sendReports: (signal) => sender.flush(signal),
    reportDelay: () => sender.delay(),
    note(update) {
      news = update;
      return note();
    },
    trouble(about, why) {
      if (why === undefined) troubles.delete(about);
      else troubles.set(about, why);
      return note();
    },
    async takeCare() {
      const giveBack = await installation.hold();
      inCare = true;
      return {
        async settle(signal) {
          try {
            await exclusively("update", signal, async () => undefined);
          } finally {
            if (!signal.aborted) await ensureRunning();
          }
        },
        ensureRunning,
        async end() {
          try {
            await program?.stop();
            await noting;
          } finally {
            inCare = false;
            await giveBack();
          }
        },
      };
    },
  };
}
