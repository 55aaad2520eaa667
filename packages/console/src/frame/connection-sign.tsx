import type { Connection } from "../live/connection.ts";

const words = { connecting: "connecting", live: "live", lost: "not connected" } as const;

/** Whether what the page shows is what is so now. */
export function ConnectionSign({ connection }: { readonly connection: Connection }) {
  return (
    <span className={`connection ${connection.state}`} role="status">
      {words[connection.state]}
    </span>
  );
}
