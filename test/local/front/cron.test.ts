import * as fc from "fast-check";
import { expect, it } from "vitest";
import { isCron, nextTime, parseCron } from "../../../src/aws/cron.ts";

const after = (expression: string, from: string, count = 1): string[] => {
  const found: string[] = [];
  let at = Date.parse(from);
  for (let i = 0; i < count; i += 1) {
    const next = nextTime(parseCron(expression), at);
    if (next === undefined) return [...found, "never"];
    found.push(new Date(next).toISOString().slice(0, 16));
    at = next;
  }
  return found;
};

it.each([
  ["cron(15 12 * * ? *)", "2024-01-01T12:15:00Z", ["2024-01-02T12:15"]],
  ["cron(0/15 8-9 ? * MON-FRI *)", "2024-01-05T09:30:00Z", ["2024-01-05T09:45", "2024-01-08T08:00"]],
  ["cron(0 0 29 2 ? *)", "2024-03-01T00:00:00Z", ["2028-02-29T00:00"]],
  ["cron(0 0 31 * ? *)", "2024-01-31T00:00:00Z", ["2024-03-31T00:00", "2024-05-31T00:00"]],
  ["cron(0 6 L * ? *)", "2024-02-01T00:00:00Z", ["2024-02-29T06:00", "2024-03-31T06:00"]],
  ["cron(0 6 LW * ? *)", "2024-03-01T00:00:00Z", ["2024-03-29T06:00"]],
  ["cron(0 6 1W * ? *)", "2024-06-01T00:00:00Z", ["2024-06-03T06:00"]],
  ["cron(0 6 ? * 6L *)", "2024-05-01T00:00:00Z", ["2024-05-31T06:00"]],
  ["cron(0 6 ? * 2#1 *)", "2024-05-01T00:00:00Z", ["2024-05-06T06:00", "2024-06-03T06:00"]],
  ["cron(0 6 ? JAN,jul SUN 2025/2)", "2024-01-01T00:00:00Z", ["2025-01-05T06:00"]],
  [
    "cron(0 6 ? * FRI-MON *)",
    "2024-05-01T00:00:00Z",
    ["2024-05-03T06:00", "2024-05-04T06:00", "2024-05-05T06:00", "2024-05-06T06:00", "2024-05-10T06:00"],
  ],
  ["cron(0 6 1 1 ? 2020)", "2024-05-01T00:00:00Z", ["never"]],
])("%s after %s", (expression, from, expected) => {
  expect(after(expression, from, expected.length)).toEqual(expected);
});

it.each([
  "",
  "rate(5 minutes)",
  "cron(0 12 * * ?)",
  "cron(0 12 * * * *)",
  "cron(0 12 ? * ? *)",
  "cron(60 12 * * ? *)",
  "cron(0 24 * * ? *)",
  "cron(0 12 0 * ? *)",
  "cron(0 12 ? 13 MON *)",
  "cron(0 12 ? * 8 *)",
  "cron(0/0 12 * * ? *)",
  "cron(10-5 12 * * ? *)",
  "cron(a 12 * * ? *)",
  "cron(0 12 ? * 2#6 *)",
  "cron(0 12 32W * ? *)",
  "cron(1/2/3 12 * * ? *)",
  "cron()",
])("refuses %j", (expression) => expect(isCron(expression)).toBe(false));

it("never goes back and always hits its own fields", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 4e12 }),
      (minute, hour, from) => {
        const next = nextTime(parseCron(`cron(${minute} ${hour} * * ? *)`), from) ?? 0;
        expect(next).toBeGreaterThan(from);
        expect(next - from).toBeLessThanOrEqual(86_400_000);
        expect([new Date(next).getUTCMinutes(), new Date(next).getUTCHours()]).toEqual([minute, hour]);
      },
    ),
  );
});
