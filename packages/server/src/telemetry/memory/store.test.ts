import { describe } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { createMemoryDatabase } from "../../log/memory/database.ts";
import { openMemory } from "../../log/memory/open.ts";
import { attemptStoreContract } from "../attempts-contract.ts";
import { reportStoreContract } from "../contract.ts";

describe("the report store in memory", () => {
  const setUp = async () => {
    const database = createMemoryDatabase(systemClock);
    return { open: async () => openMemory(database), remove: async () => {} };
  };
  reportStoreContract(setUp);
  attemptStoreContract(setUp);
});
