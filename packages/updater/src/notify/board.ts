import { EventEmitter } from "node:events";
import type { UpdateNotification } from "./notification.ts";

/** Only so many stand at a time; the oldest goes. */
const maxStanding = 50;

/** The notifications that stand: what a program shows, and what is sent on. */
export interface Board {
  readonly events: EventEmitter<{ notification: [UpdateNotification] }>;
  /** Puts one up, unless it stands or was dismissed already. */
  put(notification: UpdateNotification): void;
  /** Those that neither expired nor were dismissed, the newest last. */
  standing(now: number): readonly UpdateNotification[];
  /** Takes one down. @returns whether it stood */
  dismiss(id: string): boolean;
  /** Takes down what is said of offers, since there is none any more. */
  clearOffers(): void;
}

export function openBoard(): Board {
  const events: Board["events"] = new EventEmitter();
  const all = new Map<string, UpdateNotification & { dismissed?: true }>();
  return {
    events,
    put(notification) {
      if (all.has(notification.id)) return;
      all.set(notification.id, notification);
      for (const id of all.keys()) if (all.size > maxStanding) all.delete(id);
      events.emit("notification", notification);
    },
    standing: (now) =>
      [...all.values()].filter(({ dismissed, expiresAt }) => dismissed === undefined && Date.parse(expiresAt) > now),
    dismiss(id) {
      const found = all.get(id);
      if (found === undefined || found.dismissed) return false;
      all.set(id, { ...found, dismissed: true });
      return true;
    },
    clearOffers() {
      for (const [id, { actions }] of all) if (actions.some(({ action }) => action === "install")) all.delete(id);
    },
  };
}
