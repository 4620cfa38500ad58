// Adds up the reports of all test runners in a folder: names what failed, with the beginning of its message, so that the end of
// a long output says what is wrong, and prints one closing line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const failed = (name, message) => {
  failures.push(`FAILED ${name}\n${message.split("\n").slice(0, 12).join("\n").slice(0, 1500)}`);
};
const plain = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  if (file.endsWith(".json")) {
    const report = JSON.parse(text);
    sum.passed += report.numPassedTests;
    sum.failed +=
      report.numFailedTests + (report.success ? 0 : Math.max(0, report.numFailedTestSuites - report.numFailedTests));
    sum.skipped += report.numPendingTests + report.numTodoTests;
    for (const suite of report.testResults) {
      const tests = suite.assertionResults.filter((test) => test.status === "failed");
      for (const test of tests) failed(`${suite.name} > ${test.fullName}`, test.failureMessages.join("\n"));
      if (suite.status === "failed" && tests.length === 0) failed(suite.name, suite.message);
    }
  } else {
    const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
    const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const bad = count("failures") + count("errors");
    sum.failed += bad;
    sum.skipped += count("skipped");
    sum.passed += count("tests") - bad - count("skipped");
    const bads = /<testcase classname="([^"]*)" name="([^"]*)"[^>]*>\s*<(?:failure|error)[^>]*>([^<]*)/g;
    for (const [, file, name, message] of text.matchAll(bads)) {
      // The traceback is long, and what is wrong stands in its lines that begin with E.
      const lines = plain(message).split("\n");
      const wrong = lines.filter((line) => line.startsWith("E "));
      failed(`${file} > ${plain(name)}`, (wrong.length > 0 ? wrong : lines).join("\n"));
    }
  }
}
for (const failure of failures) console.log(failure);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
