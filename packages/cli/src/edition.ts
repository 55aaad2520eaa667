import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { exitCodes, Failure, usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { reportFailure } from "./report-failure.ts";
import { type OpenSession, openSession, type Session } from "./session.ts";

/** What a program of the name `sluice` can do: a whole one, or the part of it that a machine of the fleet needs. */
export interface Edition {
  readonly description: string;
  /** @param exitWith how a command ends with a code of its own */
  readonly addCommands: (program: Command, open: OpenSession, exitWith: (code: number) => void) => void;
}

/**
 * Runs one command of an edition.
 * @param argv what the user wrote after `sluice`
 * @returns the exit code; whatever went wrong was told on standard error
 */
export async function runEdition(edition: Edition, argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.done;
  // Usage errors are told by the same hand as all others, also when the options were never read.
  let complaint = "";
  const program = new Command("sluice")
    .description(edition.description)
    .version(packageJson.version, "--version", "print the version")
    .option("--json", "one JSON document on standard output, and nothing else")
    .option("--url <url>", "the server (or SLUICE_URL; the one of this folder; http://127.0.0.1:7070)")
    .option("--token <token>", "who you are (or SLUICE_TOKEN; .sluice/admin.token in this folder)")
    .option("--app <app>", "the application (or SLUICE_APP; the only one there is)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text) => {
        complaint = text;
      },
    })
    .exitOverride();
  const sessionOf = (command: Command): Session => openSession(command.optsWithGlobals(), io);
  edition.addCommands(program, sessionOf, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    if (error instanceof CommanderError && error.code === "commander.help") return exitCodes.usage;
    const failure = failureFrom(error, complaint, io);
    reportFailure(failure, { json: argv.includes("--json"), io });
    return failure.exitCode;
  }
}

function failureFrom(error: unknown, complaint: string, io: Io): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError)
    return usage((complaint || error.message).trim().replace(/^error: /, ""), {
      hint: "sluice COMMAND --help shows what can be said.",
    });
  if (io.signal.aborted) return new Failure(exitCodes.failed, "INTERRUPTED", "Interrupted.", { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(exitCodes.failed, "UNEXPECTED", reason, {
    hint: `Is the server of another version than this command, ${packageJson.version}? If not, this is a defect: please report it.`,
    cause: error,
  });
}
