/** Whoever wants to be told that a log has grown. */
export interface Listeners {
  add(listener: (app: string, seq: number) => void): () => Promise<void>;
  tell(app: string, seq: number): void;
  readonly size: number;
}

export function createListeners(): Listeners {
  const listeners = new Set<{ tell: (app: string, seq: number) => void }>();
  return {
    add(listener) {
      // An entry of its own for each, so that the same function may listen twice.
      const entry = { tell: listener };
      listeners.add(entry);
      return async () => {
        listeners.delete(entry);
      };
    },
    tell(app, seq) {
      // A listener that throws is a bug of its own and must not make a stored append look like a failed one.
      for (const entry of listeners)
        queueMicrotask(() => {
          if (listeners.has(entry)) entry.tell(app, seq);
        });
    },
    get size() {
      return listeners.size;
    },
  };
}
