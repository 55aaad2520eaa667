import { useSyncExternalStore } from "react";

function onChange(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  return () => document.removeEventListener("visibilitychange", changed);
}

/**
 * Whether the tab can be seen. A hidden one lets its stream go: a browser opens only six HTTP/1.1 connections to a server, and
 * seven forgotten tabs would block the eighth.
 */
export function useVisible(): boolean {
  return useSyncExternalStore(onChange, () => document.visibilityState === "visible");
}
