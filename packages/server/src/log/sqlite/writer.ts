import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { failureOf } from "./failure.ts";
import { createGroup, type Request } from "./group.ts";
import { prepareOperations } from "./operations.ts";
import { migrate } from "./schema.ts";

/** What arrives: requests, or `close`, after which nothing more is sent. */
export type ToWriter = readonly Request[] | "close";

/** How long another process that holds the database (a backup, say) is waited for. */
const busyTimeoutMs = 5_000;

/** The thread's whole life: it alone has the database open, so that a slow disk stops nothing but itself. */
function serve(port: MessagePort, path: string): void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    migrate(db, path);
  } catch (error) {
    db?.close();
    port.postMessage({ failure: failureOf(error, path) });
    port.close();
    return;
  }
  const database = db;
  const group = createGroup(database, prepareOperations(database), path);
  port.postMessage("ready");

  port.on("message", (first: ToWriter) => {
    const requests: Request[] = [];
    let closing = false;
    for (let message: ToWriter | undefined = first; message !== undefined; ) {
      if (message === "close") closing = true;
      else requests.push(...message);
      message = receiveMessageOnPort(port)?.message as ToWriter | undefined;
    }
    const writes = requests.filter(group.isWrite);
    if (writes.length > 0) port.postMessage(group.write(writes));
    // After the commit, so that no reader is shown what a failing commit would take back.
    for (const request of requests) if (!group.isWrite(request)) port.postMessage(group.read([request]));
    if (closing) {
      database.close();
      port.close();
    }
  });
}

if (parentPort) serve(parentPort, (workerData as { path: string }).path);
