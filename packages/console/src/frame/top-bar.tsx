import type { ReactNode } from "react";
import { Mark } from "./mark.tsx";

interface TopBarProps {
  readonly apps: readonly string[];
  readonly app?: string | undefined;
  readonly onSelect: (app: string) => void;
  readonly onForget: () => void;
  readonly children?: ReactNode;
}

/** The name, the application, how the page is connected, and the way out. */
export function TopBar({ apps, app, onSelect, onForget, children }: TopBarProps) {
  return (
    <header className="top">
      <h1>
        <Mark />
        Sluice
      </h1>
      {apps.length > 1 ? (
        <select aria-label="Application" value={app} onChange={(change) => onSelect(change.target.value)}>
          {apps.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      ) : (
        app !== undefined && <span className="app">{app}</span>
      )}
      <span className="gap" />
      {children}
      <button type="button" className="quiet" title="Forgets the token in this tab" onClick={onForget}>
        Sign out
      </button>
    </header>
  );
}
