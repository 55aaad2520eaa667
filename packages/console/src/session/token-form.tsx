import { type FormEvent, useState } from "react";
import { Mark } from "../frame/mark.tsx";

interface TokenFormProps {
  /** Why the token is asked for again. */
  readonly complaint?: string | undefined;
  readonly onToken: (token: string) => void;
}

/** Whoever comes here has nothing else to do than to give the token. */
function focus(input: HTMLInputElement | null): void {
  input?.focus();
}

/** Asks for the token that the page speaks to the server with. */
export function TokenForm({ complaint, onToken }: TokenFormProps) {
  const [token, setToken] = useState("");
  const submit = (submission: FormEvent) => {
    submission.preventDefault();
    if (token.trim() !== "") onToken(token.trim());
  };
  return (
    <main className="entrance">
      <form className="panel" onSubmit={submit}>
        <h1>
          <Mark />
          Sluice
        </h1>
        <label htmlFor="token">Token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          ref={focus}
          required
          aria-describedby="token-help"
          value={token}
          onChange={(change) => setToken(change.target.value)}
        />
        {complaint !== undefined && (
          <p className="bad" role="alert">
            {complaint}
          </p>
        )}
        <button type="submit">Open the console</button>
        <p id="token-help" className="none">
          The server wrote an admin token to <code>admin.token</code> in its data folder when it first started. For
          looking on, make one of your own:
        </p>
        <pre>
          <code>npx sluice token create --name me --role viewer</code>
        </pre>
        <p className="none">It stays in this tab until you close it.</p>
      </form>
    </main>
  );
}
