import { defineConfig } from "vitest/config";

// *.slow.test.ts need emulators, Python, Java, Spark: `npm test` runs them after the fast ones. Of the chaos suite it runs a
// sample that a seed chooses; scripts/chaos.sh runs more of it, or all.
const slow = process.env.METRICCARE_SLOW !== undefined;

export default defineConfig({
  test: {
    include: slow ? ["test/**/*.slow.test.ts"] : ["test/**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ".metriccare/**", ...(slow ? [] : ["test/**/*.slow.test.ts"])],
    globalSetup: "test/harness/set-up.ts",
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: slow ? 600_000 : 30_000,
    hookTimeout: slow ? 600_000 : 120_000,
    // Two cores: more workers than that only make the emulators in the tests time out. Spark wants both for itself.
    maxWorkers: slow ? 1 : 2,
    fileParallelism: !slow,
  },
});
