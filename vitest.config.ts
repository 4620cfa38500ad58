import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the emulators in the tests time out.
    maxWorkers: 2,
  },
});
