import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    // Real processes share two cores: a slow machine makes tests slow, never wrong.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    // A shared machine can stall a real process for seconds. In CI such a test gets a second chance, and the report names it.
    retry: process.env.CI === "true" ? 1 : 0,
    pool: "forks",
  },
});
