import { useMemo, useSyncExternalStore } from "react";
import { type Place, readPlace, writePlace } from "./fragment.ts";

function onHashChange(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

/** The place that the address names, and how to go to another; going back in the browser goes back here. */
export function usePlace(): { readonly place: Place; readonly go: (to: Place) => void } {
  const fragment = useSyncExternalStore(onHashChange, () => location.hash);
  return useMemo(() => ({ place: readPlace(fragment), go }), [fragment]);
}

function go(to: Place): void {
  location.hash = writePlace(to);
}
