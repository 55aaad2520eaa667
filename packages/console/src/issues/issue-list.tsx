import type { StatusView } from "@sluice/core/views/status.ts";
import { Version } from "../stages/version.tsx";

/** The open issues of an application. */
export function IssueList({ issues }: { readonly issues: StatusView["openIssues"] }) {
  return (
    <section className="panel issues" aria-labelledby="issues-title">
      <header>
        <h2 id="issues-title">Open issues</h2>
        {issues.length > 0 && <span className="count">{issues.length}</span>}
      </header>
      {issues.length === 0 ? (
        <p className="none">none</p>
      ) : (
        <ul>
          {issues.map(({ id, version, severity, title }) => (
            <li key={id}>
              <span className={`severity ${severity}`}>{severity}</span>
              <span className="about">
                <span className="id">{id}</span> against <Version version={version} />
              </span>
              <p className="issue-title">{title}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
