import childProcess from "node:child_process";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import promises from "node:fs/promises";
import http, { type RequestOptions } from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { Readable } from "node:stream";
import type { ProcessDisk } from "./process-disk.ts";

/** What the operating system is for a simulated process: its disk, its network, and whether a program that it starts finds a version healthy. */
export interface SimulatedProcess {
  readonly disk: ProcessDisk;
  /** Its network. Fails with what Node.js says of a connection that fails. */
  readonly send: (url: URL, headers: Headers, body: string | undefined) => Promise<Response>;
  readonly isHealthy: (program: string) => boolean;
}

const root = "/simulated";
const domain = ".simulated";
/** The health check of simulated programs: exits with 0 where the file that it is given is a healthy version. */
export const healthCommand = `${root}/health`;

const processes = new Map<string, SimulatedProcess>();
let isMounted = false;

/**
 * Makes a process's disk and network be found by Node's own modules, as production code uses them.
 * @returns the path of its root, and the address of the server that it reaches
 */
export function mount(name: string, process: SimulatedProcess): { readonly folder: string; readonly server: string } {
  if (!isMounted) replaceCalls();
  isMounted = true;
  processes.set(name, process);
  return { folder: `${root}/${name}`, server: `http://${name}${domain}` };
}

/** Forgets a process; nothing answers any more to what is left of it. */
export function unmount(name: string): void {
  processes.delete(name);
}

interface Place {
  readonly process: SimulatedProcess | undefined;
  /** Of the process's own root. */
  readonly prefix: string;
  readonly path: readonly string[];
}

/** Where on a simulated disk a path leads; undefined: to the real one. */
function placeOf(path: unknown): Place | undefined {
  if (typeof path !== "string" || !path.startsWith(`${root}/`)) return undefined;
  const [, , name = "", ...rest] = path.split("/");
  return { process: processes.get(name), prefix: `${root}/${name}/`, path: rest.filter((part) => part !== "") };
}

type Call = (...args: never[]) => unknown;

/** Puts what is done on simulated disks in the place of a call, where its path leads there. */
function replace(module: object, name: string, simulated: (place: Place, ...args: never[]) => unknown): void {
  const real = Reflect.get(module, name) as Call;
  Reflect.set(module, name, function (this: unknown, ...args: never[]) {
    const place = placeOf(args[0]);
    return place === undefined ? real.apply(this, args) : simulated(place, ...args);
  });
}

const never = <T>() => new Promise<T>(() => {});
const pathOf = (path: string) => placeOf(path)?.path ?? [];

function replaceCalls(): void {
  const onDisk = (name: string, call: (disk: ProcessDisk, place: Place, ...args: never[]) => unknown) =>
    replace(promises, name, (place, ...args) =>
      place.process === undefined ? never() : call(place.process.disk, place, ...args),
    );
  onDisk("readFile", (disk, { path }, _: string, options?: string | { encoding?: string }) =>
    disk.readFile(path, typeof options === "string" ? options : options?.encoding),
  );
  onDisk("readdir", (disk, { path }, _: string, options?: object) => disk.readdir(path, options));
  onDisk("readlink", (disk, { path }) => disk.readlink(path));
  onDisk("stat", (disk, { path }) => disk.stat(path));
  onDisk("lstat", (disk, { path }) => disk.lstat(path));
  onDisk("statfs", (disk) => disk.statfs());
  onDisk("open", (disk, { path }, _: string, flags?: string, mode?: number) => disk.open(path, flags, mode));
  onDisk("mkdir", async (disk, { path, prefix }, _: string, options?: object) => {
    const first = await disk.mkdir(path, options);
    return first === undefined ? undefined : `${prefix}${first}`;
  });
  onDisk("rename", (disk, { path }, _: string, to: string) => disk.rename(path, pathOf(to)));
  onDisk("copyFile", (disk, { path }, _: string, to: string) => disk.copyFile(path, pathOf(to)));
  onDisk("chmod", (disk, { path }, _: string, mode: number) => disk.chmod(path, mode));
  onDisk("rm", (disk, { path }, _: string, options?: object) => disk.rm(path, options));
  onDisk("rmdir", (disk, { path }) => disk.rmdir(path));
  const symlink = promises.symlink;
  promises.symlink = (target, path, type) => {
    const place = placeOf(path);
    if (place === undefined) return symlink(target, path, type);
    return place.process?.disk.symlink(String(target), place.path) ?? never();
  };
  replace(fs, "createReadStream", ({ process, path }, _: string, options?: object) =>
    process?.disk.createReadStream(path, options),
  );
  replace(childProcess, "spawn", (_, __: string, [program]: string[]) => runHealthCommand(program));
  const request = http.request;
  http.request = ((url: URL, options: RequestOptions) =>
    url.hostname.endsWith(domain) ? simulatedRequest(url, options) : request(url, options)) as typeof http.request;
  syncBuiltinESMExports();
}

function runHealthCommand(program: string | undefined): EventEmitter {
  const child = new EventEmitter();
  const place = placeOf(program);
  void place?.process?.disk.readFile(place.path, "utf8").then(
    (text) => child.emit("exit", place.process?.isHealthy(String(text)) === true ? 0 : 1, null),
    () => child.emit("exit", 1, null),
  );
  return child;
}

/** A request as `node:http` makes it, as far as the updater looks at it. A dead process's is never answered. */
function simulatedRequest(url: URL, { headers }: RequestOptions): EventEmitter {
  const process = processes.get(url.hostname.slice(0, -domain.length));
  const request = Object.assign(new EventEmitter(), {
    reusedSocket: false,
    end(body?: string) {
      void process?.send(url, new Headers(headers as Record<string, string>), body).then(
        (response) => request.emit("response", incoming(response)),
        (error) => request.emit("error", error),
      );
    },
  });
  return request;
}

function incoming(response: Response): Readable {
  const chunks = (async function* () {
    for await (const chunk of response.body ?? []) yield Buffer.from(chunk);
  })();
  return Object.assign(Readable.from(chunks), {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
  });
}
