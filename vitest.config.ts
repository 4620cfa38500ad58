import { defineConfig } from "vitest/config";
import { fastSuite } from "./test/harness/suites.ts";

// *.slow.test.ts need emulators, Python, Java, Spark: `npm test` runs them after the fast ones. Of the chaos suite it runs a
// sample that a seed chooses; scripts/chaos.sh runs more of it, or all.
const slow = process.env.METRICCARE_SLOW !== undefined;

// The fast ones run in an order of this run's own, which METRICCARE_ORDER=<n> gives back. A slow file tells one story.
const order = Number(process.env.METRICCARE_ORDER ?? Math.floor(Math.random() * 1_000_000));
if (!slow) process.stdout.write(`METRICCARE_ORDER=${order}\n`);

const { unit, served } = fastSuite();
const shared = {
  exclude: ["node_modules/**", "dist/**", ".metriccare/**"],
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
};
const fast = {
  ...shared,
  sequence: { shuffle: { files: false, tests: true }, seed: order },
  testTimeout: 30_000,
  hookTimeout: 120_000,
};

// One process for many files: most of what a small file costs is the loading of SDK and schema.
const together = { isolate: false, setupFiles: "test/harness/after-file.ts" };

export default defineConfig({
  test: slow
    ? {
        ...shared,
        include: ["test/**/*.slow.test.ts"],
        globalSetup: "test/harness/set-up.ts",
        testTimeout: 600_000,
        hookTimeout: 600_000,
        // Spark wants both cores for itself.
        maxWorkers: 1,
        fileParallelism: false,
      }
    : {
        projects: [
          { test: { ...fast, ...together, name: "unit", include: unit } },
          { test: { ...fast, ...together, name: "served", include: served, globalSetup: "test/harness/set-up.ts" } },
        ],
        sequence: { seed: order },
        // `npm test` asks for it. The floors are a little under what the unit tests reach by themselves.
        coverage: {
          provider: "v8",
          include: ["src/engine/**", "src/lakehouse/**"],
          reporter: ["text-summary"],
          reportsDirectory: "node_modules/.cache/coverage",
          thresholds: {
            "src/engine/**": { statements: 86, branches: 76 },
            "src/lakehouse/**": { statements: 87, branches: 71 },
          },
        },
        // Two cores: more workers than that only make the emulators in the tests time out.
        maxWorkers: 2,
      },
});
