// Adds up the reports of all test runners in a folder and prints one closing line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  if (file.endsWith(".json")) {
    const report = JSON.parse(text);
    sum.passed += report.numPassedTests;
    sum.failed +=
      report.numFailedTests + (report.success ? 0 : Math.max(0, report.numFailedTestSuites - report.numFailedTests));
    sum.skipped += report.numPendingTests + report.numTodoTests;
  } else {
    const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
    const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const bad = count("failures") + count("errors");
    sum.failed += bad;
    sum.skipped += count("skipped");
    sum.passed += count("tests") - bad - count("skipped");
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
