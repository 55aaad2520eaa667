import { effectTrailer, type Move, oneLine } from "./message.ts";

/** The branch that a pull request comes from. */
export function branchOf({ app, stage, version, before, ended }: Move): string {
  if (ended === undefined) return `sluice/${app}/${stage}/${version ?? "nothing"}`;
  return version === null ? `rollback/v${before}` : `rollback/v${before}-to-v${version}`;
}

/** The title of a pull request, and its text in Markdown. @param message of its commit */
export function pullRequestText(move: Move, message: string): { readonly title: string; readonly text: string } {
  const [subject = "", ...rest] = message.trim().split("\n");
  const { ended } = move;
  if (ended === undefined) return { title: subject, text: rest.join("\n").trim() };
  const { app, stage, version, before } = move;
  const to = version === null ? "what was there before" : `v${version}`;
  const issues = (move.issues ?? []).map(({ id, title, severity }) => `- ${id} (${severity}): ${oneLine(title)}`);
  const trailers = rest.slice(rest.lastIndexOf("") + 1);
  const text = `## Reason for rollback

${oneLine(ended.reason)} (${oneLine(ended.by)})

## Issues encountered

${issues.length === 0 ? "None is open against it." : issues.join("\n")}

## Expected behavior after rollback

${stage} runs ${version === null ? `what it ran before ${app} came` : `${app} ${version} again`}, in place of ${before}.

## Post-rollback verification steps

- [ ] \`sluice status --app ${app}\`: ${version ?? "no release"} is live in ${stage}
- [ ] the checks that ${stage} has after every deployment
- [ ] \`sluice history ${stage} --app ${app}\`: the rollback and its cause are there

${trailers.join("\n")}`;
  return { title: `Rollback: Revert to ${to} due to ${oneLine(ended.reason)}`.slice(0, 250), text };
}

/** Whether the text of a pull request is of an effect. */
export function isOf(text: string, effect: string): boolean {
  return text.split(/\r?\n/).includes(effectTrailer(effect));
}

/** Whether the text of a pull request is of another effect of the same target of the same stage. */
export function isOfOther(text: string, effect: string): boolean {
  const own = effectTrailer(effect.replace(/@\d+$/, "@"));
  return text.split(/\r?\n/).some((line) => line.startsWith(own)) && !isOf(text, effect);
}
