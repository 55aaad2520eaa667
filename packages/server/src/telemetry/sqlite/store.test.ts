import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { openSqlite } from "../../log/sqlite/open.ts";
import { attemptStoreContract } from "../attempts-contract.ts";
import { reportStoreContract } from "../contract.ts";

describe("the SQLite report store", () => {
  const setUp = async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-reports-"));
    return {
      open: () => openSqlite(join(folder, "sluice.db")),
      remove: () => rm(folder, { recursive: true }),
    };
  };
  reportStoreContract(setUp);
  attemptStoreContract(setUp);
});
