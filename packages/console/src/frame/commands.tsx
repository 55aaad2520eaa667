/** What to type, line by line, where there is nothing to show yet. */
export function Commands({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  return (
    <section className="panel commands">
      <h2>{title}</h2>
      <pre>
        {lines.map((line) => (
          <code key={line}>{line}</code>
        ))}
      </pre>
    </section>
  );
}
