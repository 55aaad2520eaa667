/** The local status page: what `sluice agent status` says, kept fresh by the agent's events. Its texts are set as text, never as HTML. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Updates on this machine</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
  h1 { font-size: 1.4rem; margin: 0 }
  #state { color: GrayText; margin: .25rem 0 1.5rem }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem }
  dt { color: GrayText } dd { margin: 0; overflow-wrap: anywhere }
  progress { width: 100% }
  article { border-left: 4px solid #2a7de1; padding: .5rem 1rem; margin: 1rem 0 }
  article.warning { border-color: #c77700 } article.critical { border-color: #c62828 }
  article h2 { font-size: 1rem; margin: 0 } article p { margin: 0; white-space: pre-line }
</style>
<h1 id="title">Updates on this machine</h1>
<p id="state" role="status">…</p>
<progress id="progress" hidden></progress>
<div id="news"></div>
<dl id="facts"></dl>
<script>
  const at = (id) => document.getElementById(id);
  const time = (text) => text == null ? null : new Date(text).toLocaleString();
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  async function refresh() {
    const [status, news] = await Promise.all(["api/status", "api/notifications"].map(async (path) => (await fetch(path)).json()));
    at("title").textContent = status.installed === null ? "Nothing is installed yet" : "Version " + status.installed;
    at("state").textContent = status.update === null
      ? { idle: "Up and watched over", checking: "Asking for updates" }[status.state] ?? status.state
      : (status.update.from ?? "nothing") + " → " + status.update.to + ": " + status.state;
    if (status.progress !== null) Object.assign(at("progress"), { hidden: false, max: status.progress.total, value: status.progress.bytes });
    const facts = [
      ["Program", status.program.running ? "runs as process " + status.program.pid : "does not run"],
      ["Waits", status.waiting],
      ["Last check", status.lastCheck && [time(status.lastCheck.at), status.lastCheck.reason ?? status.lastCheck.version].filter(Boolean).join(": ")],
      ["Next check", status.update === null ? time(status.nextCheckAt) : null],
      ["Before", status.previous],
      ["Altered", status.altered.map(({ version, what, at }) => version + ": " + what + " (" + time(at) + ")").join("; ")],
      ["Trouble", status.troubles.join("; ")],
      ["Not tried", status.held.map(({ version, reason }) => version + ": " + reason).join("; ")],
      ["Unsent reports", status.unsentReports || null],
    ];
    at("facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
    at("news").replaceChildren(...news.notifications.toReversed().map(({ type, title, description }) => {
      const article = element("article", undefined, type);
      article.append(element("h2", title), element("p", description));
      return article;
    }));
  }
  const events = new EventSource("api/events");
  events.addEventListener("progress", ({ data }) => {
    const { bytes, total } = JSON.parse(data);
    Object.assign(at("progress"), { hidden: false, max: total, value: bytes });
  });
  for (const name of ["state", "notification"]) events.addEventListener(name, () => {
    at("progress").hidden = true;
    refresh();
  });
  events.addEventListener("open", refresh);
  events.addEventListener("error", () => { at("state").textContent = "The agent does not answer"; });
  setInterval(refresh, 60_000);
</script>
</html>
`;
