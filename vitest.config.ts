import { defineConfig } from "vitest/config";

// *.slow.test.ts need the embedded AWS (Python, Java, Spark): `npm test` runs them after the fast ones.
// METRICCARE_SLOW=all adds the long ones (chaos, rights under enforced IAM), which have scripts of their own: scripts/chaos.sh.
const slow = process.env.METRICCARE_SLOW !== undefined;
const long =
  process.env.METRICCARE_SLOW === "all"
    ? []
    : ["test/chaos/!(pipeline).slow.test.ts", "test/end-to-end/rights.slow.test.ts"];

export default defineConfig({
  test: {
    include: slow ? ["test/**/*.slow.test.ts"] : ["test/**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", ".metriccare/**", ...(slow ? long : ["test/**/*.slow.test.ts"])],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    testTimeout: slow ? 600_000 : 30_000,
    hookTimeout: slow ? 600_000 : 120_000,
    // Two cores: more workers than that only make the emulators in the tests time out. Spark wants both for itself.
    maxWorkers: slow ? 1 : 2,
    fileParallelism: !slow,
  },
});
