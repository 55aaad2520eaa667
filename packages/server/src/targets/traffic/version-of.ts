/** How long a server may take to say what it runs, in ms, and what it may say, in bytes. */
const answerMs = 5_000;
const answerBytesMax = 64_000;

/** Asks a server which version it runs. @returns undefined when it does not say */
export async function versionOf(address: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${address}${path}`, {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    if (!response.ok || response.body === null) return undefined;
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.length > answerBytesMax) return undefined;
    }
    return versionIn(text.trim());
  } catch {
    return undefined;
  }
}

function versionIn(text: string): string | undefined {
  if (!text.startsWith("{")) return text.replace(/^v(?=\d)/, "");
  const { version } = JSON.parse(text) as { version?: unknown };
  return typeof version === "string" ? version.replace(/^v(?=\d)/, "") : undefined;
}
