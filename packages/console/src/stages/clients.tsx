import type { ClientsView } from "@sluice/core/views/status.ts";

/** How a release goes on the clients that took it: the healthy, the failed, and those that have not said. */
export function Clients({ clients: { reached, healthy, failed } }: { readonly clients: ClientsView }) {
  if (reached === 0) return <p className="clients none">no client has taken it yet</p>;
  const silent = Math.max(0, reached - healthy - failed);
  const share = (count: number) => ({ width: `${(100 * count) / Math.max(reached, healthy + failed)}%` });
  return (
    <div className="clients">
      <div className="split" aria-hidden="true">
        <span className="good" style={share(healthy)} />
        <span className="bad" style={share(failed)} />
      </div>
      <p>
        <span className="good">{healthy} healthy</span>
        <span className={failed > 0 ? "bad" : "none"}>{failed} failed</span>
        {silent > 0 && <span className="none">{silent} not heard from</span>}
        <span className="none">of {reached} reached</span>
      </p>
    </div>
  );
}
