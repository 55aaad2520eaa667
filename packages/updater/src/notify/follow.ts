import type { Clock } from "../ports/clock.ts";
import type { Updater } from "../updater.ts";
import type { Board } from "./board.ts";
import { ended, offered } from "./notification.ts";

/** Puts up what an updater finds and does. @returns a function that ends it */
export function follow(updater: Updater, board: Board, app: string, clock: Clock): () => void {
  let last: string | undefined;
  const onFound = (result: Parameters<Parameters<typeof updater.events.on<"found">>[1]>[0]): void => {
    const version = "version" in result ? result.version : undefined;
    if (version !== last) board.clearOffers();
    last = version;
    if (result.kind === "update" || result.kind === "rollback") board.put(offered(app, result, clock.now()));
  };
  const onEnded = (result: Parameters<typeof ended>[1]): void => {
    board.clearOffers();
    const notification = ended(app, result, clock.now());
    if (notification !== undefined) board.put(notification);
  };
  updater.events.on("found", onFound);
  updater.events.on("ended", onEnded);
  return () => {
    updater.events.off("found", onFound);
    updater.events.off("ended", onEnded);
  };
}
