import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert as check, asyncProperty, integer, record, string } from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Parts } from "../../src/operate/audit/parts.ts";

const folder = mkdtempSync(join(tmpdir(), "metriccare-parts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what has one key comes together, in order, whether it stayed in memory or not", async () => {
  const values = array(record({ key: string({ maxLength: 4, unit: "grapheme" }), n: integer() }), { maxLength: 60 });
  await check(
    asyncProperty(values, integer({ min: 1, max: 400 }), async (all, held) => {
      const parts = new Parts<{ key: string; n: number }>(folder, { parts: 5, held });
      for (const one of all) await parts.add(one.key, one);
      const got: { key: string; n: number }[] = [];
      for await (const part of parts.each()) {
        const others = new Set(got.map((one) => one.key));
        expect(part.filter((one) => others.has(one.key))).toEqual([]);
        got.push(...part);
      }
      await parts.close();
      expect(readdirSync(folder)).toEqual([]);
      const lines = (some: readonly object[]): string[] => some.map((one) => JSON.stringify(one)).toSorted();
      expect(lines(got)).toEqual(lines(all));
      for (const { key } of all)
        expect(got.filter((one) => one.key === key)).toEqual(all.filter((one) => one.key === key));
    }),
    { numRuns: 60 },
  );
});

test("files of the parts are for this user alone", async () => {
  const parts = new Parts<number>(folder, { parts: 2, held: 1 });
  await parts.add("a", 1);
  const [made] = readdirSync(folder);
  const inside = join(folder, made ?? "");
  expect(statSync(inside).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(inside)) expect(statSync(join(inside, file)).mode & 0o777).toBe(0o600);
  await parts.close();
});
