import type { Command } from "commander";
import { type Api, apiPath, baseUrl, createApi } from "./api/api.ts";
import type { AppSummary } from "./api/shapes.ts";
import { exitCodes, Failure, usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { neighbourToken, neighbourUrl } from "./neighbour.ts";
import { createStyle, type Style } from "./output/style.ts";

/** What the options that every command takes come to. */
export interface Session {
  readonly io: Io;
  readonly json: boolean;
  /** For standard output. */
  readonly style: Style;
  readonly url: string;
  /** The application that was named, if one was. */
  readonly namedApp: string | undefined;
  api(): Api;
  /** The application that the command is about: the one named, or the only one there is. */
  app(): Promise<string>;
  /** Writes the answer: `value` as JSON, or what a person reads. */
  print(value: unknown, human: () => string): void;
  /** A line for a person on standard error; nothing with `--json`. */
  note(line: string): void;
}

/** Opens a session for the command that was called. */
export type OpenSession = (command: Command) => Session;

interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
  readonly app?: string;
}

const defaultUrl = "http://127.0.0.1:7070";

export function openSession(options: GlobalOptions, io: Io): Session {
  const json = options.json === true;
  const url = baseUrl(options.url ?? given(io.env.SLUICE_URL) ?? neighbourUrl(io.cwd) ?? defaultUrl);
  const namedApp = options.app ?? given(io.env.SLUICE_APP);
  let api: Api | undefined;
  const session: Session = {
    io,
    json,
    style: createStyle(io.stdout, io.env),
    url,
    namedApp,
    api: () =>
      (api ??= createApi({
        url,
        token: options.token ?? given(io.env.SLUICE_TOKEN) ?? neighbourToken(io.cwd, url),
        signal: io.signal,
      })),
    app: async () => namedApp ?? onlyApp(session.api()),
    print: (value, human) => io.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : human()),
    note: (line) => {
      if (!json) io.stderr.write(`${line}\n`);
    },
  };
  return session;
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

async function onlyApp(api: Api): Promise<string> {
  const { apps } = await api.get<{ apps: readonly AppSummary[] }>(apiPath("apps"));
  const [first, ...others] = apps;
  if (first === undefined)
    throw new Failure(exitCodes.notFound, "APP_NOT_FOUND", "This server has no application yet.", {
      hint: "Make a pipeline and apply it: sluice init, then sluice apply -f sluice.yaml",
    });
  if (others.length === 0) return first.app;
  throw usage(`This server has ${apps.length} applications: ${apps.map(({ app }) => app).join(", ")}.`, {
    hint: "Say which one you mean: --app NAME, or SLUICE_APP.",
  });
}
