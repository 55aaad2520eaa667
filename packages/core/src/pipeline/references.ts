/** A stage as far as its gates name others. */
interface Referring {
  readonly name: string;
  readonly gates: readonly { readonly "tested-in"?: { readonly stages: readonly string[] } | undefined }[];
}

/** Every name of a stage in another stage's gates that is not one that comes before it, with its place in the list of stages. */
export function wrongReferences(
  stages: readonly Referring[],
): { readonly path: (string | number)[]; readonly message: string }[] {
  return stages.flatMap(({ name, gates }, index) => {
    const earlier = stages.slice(0, index).map((stage) => stage.name);
    return gates.flatMap((gate, nth) =>
      (gate["tested-in"]?.stages ?? []).flatMap((stage, place) =>
        earlier.includes(stage)
          ? []
          : [
              {
                path: [index, "gates", nth, "tested-in", "stages", place],
                message:
                  earlier.length === 0
                    ? `no stage comes before ${name}`
                    : `must be a stage that comes before ${name}: ${earlier.join(", ")}`,
              },
            ],
      ),
    );
  });
}
