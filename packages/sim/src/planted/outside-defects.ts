import type { Defect } from "./defect.ts";

/** In what stages ask of the world outside: source forges, repositories, calendars; and in the limits that admins lay down. */
export const outsideDefects: readonly Defect[] = [
  {
    name: "nobody has to ask for a release",
    file: "core/src/gates/registry.ts",
    edits: [["    ...promoteOn(context),\n", ""]],
  },
  {
    name: "a tag at another commit asks for a release",
    file: "core/src/gates/promote-on/promote-on.ts",
    edits: [
      ["manifest.commit !== undefined && tag.commit.startsWith(manifest.commit)", "manifest.commit !== undefined"],
    ],
  },
  {
    name: "a tag that was deleted still asks for a release",
    file: "core/src/forge/forge.ts",
    edits: [["tags: forge.tags.delete(fact.data.tag)", "tags: forge.tags"]],
  },
  {
    name: "a merge into any branch asks for a release",
    file: "core/src/gates/promote-on/promote-on.ts",
    edits: [["state.forge.merges.get(branch)", "state.forge.merges.reduce((all, one) => all.concat(one))"]],
  },
  {
    name: "a delivery of a forge is taken again",
    file: "core/src/forge/record.ts",
    edits: [["if (forge.deliveries.has(delivery) || forge.deliveries.has(body))", 'if (forge.deliveries.has(""))']],
  },
  {
    name: "what a repository said counts for ever",
    file: "core/src/gates/git/git.ts",
    edits: [["    if (now >= until)\n", "    if (now < 0)\n"]],
  },
  {
    name: "what a repository said for another pipeline counts",
    file: "core/src/gates/git/git.ts",
    edits: [["|| known.found.pipeline !== state.pipeline?.digest)", ")"]],
  },
  {
    name: "an answer that comes after the pipeline has changed is taken",
    file: "core/src/application/probes.ts",
    edits: [["  if (state.pipeline?.digest !== command.pipeline) return;\n", ""]],
  },
  {
    name: "the tag of a release may be at another commit",
    file: "core/src/gates/git/judge.ts",
    edits: [["...(found.commit.startsWith(commit)\n", "...(found.commit.length > 0\n"]],
  },
  {
    name: "a tag need not be signed",
    file: "core/src/gates/git/judge.ts",
    edits: [["...(signed && found.signer === undefined", '...(signed && found.object === ""']],
  },
  {
    name: "the branch of a repository need not have the commit",
    file: "core/src/gates/git/judge.ts",
    edits: [["return found.contains ?", 'return found.contains || found.head !== "" ?']],
  },
  {
    name: "what a server found out about an item counts for ever",
    file: "core/src/gates/checklist.ts",
    edits: [["if (until !== undefined && now >= until)", "if (until !== undefined && now < 0)"]],
  },
  {
    name: "a repository is asked once",
    file: "server/src/checklist/prober.ts",
    edits: [["      if (due > now) earliest", "      if (last > 0 || due > now) earliest"]],
  },
  {
    name: "a recurring window stays open",
    file: "core/src/gates/window/recurring.ts",
    edits: [["return start !== undefined && at < start + recurring.lasts;", "return start !== undefined;"]],
  },
  {
    name: "a window is open beyond its end",
    file: "core/src/gates/window/window.ts",
    edits: [["last.from <= now && now < until)", "last.from <= now)"]],
  },
  {
    name: "a time in which a window is denied is passed over",
    file: "core/src/gates/window/opening.ts",
    edits: [["return !deny.some(on) && (", "return deny.length >= 0 && ("]],
  },
  {
    name: "a policy names stages in vain",
    file: "core/src/gates/policy.ts",
    edits: [["if (!isAllowed(policy, name)) demands", "if (policy.allowedChannels.length < 0) demands"]],
  },
  {
    name: "a range of versions is not blocked",
    file: "core/src/policy/blocking.ts",
    edits: [
      [
        "(range) => version === range || semver.satisfies(version, range, { includePrerelease: true }),",
        "(range) => version === range || semver.eq(version, semver.minVersion(range) ?? version) && range === version,",
      ],
    ],
  },
];
