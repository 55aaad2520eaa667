import { createContext, useContext } from "react";

/** Opens the "why" of a release in a stage. */
export const AskWhy = createContext<(version: string, stage: string) => void>(() => {});

/** A version; where a stage is named, a button that asks why it stands there as it does. */
export function Version({ version, stage }: { readonly version: string; readonly stage?: string | undefined }) {
  const askWhy = useContext(AskWhy);
  if (stage === undefined) return <span className="version">{version}</span>;
  return (
    <button
      type="button"
      className="version"
      title={`Why is ${version} where it is in ${stage}?`}
      onClick={() => askWhy(version, stage)}
    >
      {version}
    </button>
  );
}
