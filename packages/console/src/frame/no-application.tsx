import { Commands } from "./commands.tsx";

const firstSteps = [
  "npx sluice init --template channels --app myapp",
  "npx sluice apply -f sluice.yaml",
  "npx sluice publish 1.0.0 --component NAME=PATH",
];

interface NoApplicationProps {
  /** The application that the address names. */
  readonly wanted?: string | undefined;
  readonly names: readonly string[];
  readonly onSelect: (app: string) => void;
}

/** Where there is no application to show: how to make one, or which there are. */
export function NoApplication({ wanted, names, onSelect }: NoApplicationProps) {
  if (names.length === 0) return <Commands title="No application yet. Three commands make one:" lines={firstSteps} />;
  return (
    <section className="panel choice">
      <h2>There is no application “{wanted}” here.</h2>
      {names.map((name) => (
        <button key={name} type="button" onClick={() => onSelect(name)}>
          {name}
        </button>
      ))}
    </section>
  );
}
