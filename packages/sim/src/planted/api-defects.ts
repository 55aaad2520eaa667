import type { Defect } from "./defect.ts";

/** In the routes of the server, in who may use them, and in tokens. */
export const apiDefects: readonly Defect[] = [
  {
    name: "a route lets every token through, whatever its role",
    file: "server/src/http/auth.ts",
    edits: [["    requirePermission(request, access);\n", ""]],
  },
  {
    name: "a revoked token is still valid",
    file: "core/src/access/tokens.ts",
    edits: [
      [
        "if (token === undefined || token.revokedAt !== undefined) return undefined;",
        "if (token === undefined) return undefined;",
      ],
    ],
  },
  {
    name: "an expired token is still valid",
    file: "core/src/access/tokens.ts",
    edits: [
      ["token.expiresAt !== undefined && token.expiresAt <= now ? undefined : token", "now < 0 ? undefined : token"],
    ],
  },
  {
    name: "a token for some stages rolls back others",
    file: "server/src/http/routes/stages.ts",
    edits: [["      requireStage(request, stage);\n      const command", "      const command"]],
  },
  {
    name: "a token for some stages steers promotions into others",
    file: "server/src/http/routes/promotions.ts",
    edits: [["        requireStage(request, promotion.stage);\n", ""]],
  },
  {
    name: "a token for some stages approves for others",
    file: "server/src/http/routes/approvals.ts",
    edits: [["      requireStage(request, stage);\n", ""]],
  },
  {
    name: "a token for some stages withdraws from all",
    file: "server/src/http/routes/releases.ts",
    edits: [["      requireEveryStage(request);\n", ""]],
  },
  {
    name: "a token for another application is let in",
    file: "server/src/http/auth.ts",
    edits: [["    requireApp(request, request.token);\n", ""]],
  },
  {
    name: "an operator may approve",
    file: "core/src/access/roles.ts",
    edits: [['"ask-rollback", "operate", "alert"]', '"ask-rollback", "operate", "alert", "approve"]']],
  },
  {
    name: "an approver may not report checks",
    file: "core/src/access/roles.ts",
    edits: [['approver: ["read", "download", "attest", "approve"', 'approver: ["read", "download", "approve"']],
  },
  {
    name: "who approves says of which groups they are",
    file: "server/src/http/routes/approvals.ts",
    edits: [
      [
        "const answerSchema = z.strictObject({",
        "const answerSchema = z.strictObject({\n  groups: z.array(z.string()).exactOptional(),",
      ],
    ],
  },
  {
    name: "who opens an issue says who they are",
    file: "server/src/http/routes/issues.ts",
    edits: [
      [
        "const openSchema = z.strictObject({",
        "const openSchema = z.strictObject({\n  actor: z.string().exactOptional(),",
      ],
      [
        'const command = { type: "OpenIssue", ...request.body } as const;\n      const { events, state } = accepted(await plane.execute(request.params.app, command, actorOf(request)));',
        'const { actor = actorOf(request), ...body } = request.body;\n      const { events, state } = accepted(\n        await plane.execute(request.params.app, { type: "OpenIssue", ...body }, actor),\n      );',
      ],
    ],
  },
  {
    name: "everything is done in the name of whoever made the token",
    file: "server/src/http/auth.ts",
    edits: [["return request.token.name;", "return request.token.createdBy;"]],
  },
  {
    name: "a release is published before its content is here",
    file: "server/src/http/routes/releases.ts",
    edits: [["      if (!state.releases.has(version)) await requireBlobs(manifest, blobs);\n", ""]],
  },
  {
    name: "an answer does not wait for what it says to be done",
    file: "server/src/http/routes/freezes.ts",
    edits: [
      [
        'const command = { type: "FreezeStage", stage, ...freezeOf(request.body) } as const;\n      accepted(await plane.execute(name, command, actorOf(request)));',
        'const command = { type: "FreezeStage", stage, ...freezeOf(request.body) } as const;\n      void plane.execute(name, command, actorOf(request)).catch(() => undefined);',
      ],
    ],
  },
  {
    name: "what was refused is answered as done",
    file: "server/src/http/problem.ts",
    edits: [["  if (isRejection(answer)) throw rejectionError(answer);\n", ""]],
  },
  {
    name: "a token is for longer than was asked",
    file: "server/src/http/routes/tokens.ts",
    edits: [
      [
        'const command = { type: "CreateToken", ...request.body, sha256',
        'const { expiresAt: _, ...asked } = request.body;\n      const command = { type: "CreateToken", ...asked, sha256',
      ],
    ],
  },
  {
    name: "the token's secret itself stands in the log",
    file: "server/src/http/routes/tokens.ts",
    edits: [["sha256: secretDigest(token) } as const;", "sha256: secretDigest(token), secret: token } as const;"]],
  },
  {
    name: "a name can be used for a second token",
    file: "core/src/access/tokens.ts",
    edits: [["if (state.byName.has(command.name))", "if (state.byName.get(command.name)?.revokedAt !== undefined)"]],
  },
  {
    name: "a build's identity works more than once",
    file: "server/src/http/routes/identity.ts",
    edits: [["const name = nameOf(subject, sent);", "const name = nameOf(subject, token + sent);"]],
  },
  {
    name: "a build's token is for every stage",
    file: "server/src/http/routes/identity.ts",
    edits: [["        ...(stages === undefined ? {} : { stages }),\n      } as const;", "      } as const;"]],
  },
  {
    name: "history shows what is on its way as the last",
    file: "server/src/http/routes/apps.ts",
    edits: [
      [
        "return { deployments: all.slice(offset, offset + limit), total: all.length };",
        "return { deployments: all.slice(offset, offset + limit), total: Math.min(limit, all.length - 1) };",
      ],
    ],
  },
  {
    name: "withdrawn releases are listed as if they were not",
    file: "server/src/http/schemas/release.ts",
    edits: [
      ["    ...(withdrawn === undefined ? {} : { withdrawn: { ...withdrawn, at: rfc3339(withdrawn.at) } }),\n", ""],
    ],
  },
];
