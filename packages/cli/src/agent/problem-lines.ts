/** Gives the agent's JSON errors, `{code, message}` on a line, the form that this command's errors have. Log lines stay as they are. */
export function problemLines(text: string): string {
  return text.replace(/^\{.*\}$/gm, (line) => {
    const { code, message, level } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof code !== "string" || typeof message !== "string" || level !== undefined) return line;
    return JSON.stringify({ type: `/problems/${code}`, title: message, detail: message, code });
  });
}
