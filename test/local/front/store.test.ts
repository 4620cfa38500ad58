import { appendFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Store } from "../../../src/local/front/store.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "metriccare-store-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const content = (store: Store): Record<string, unknown> =>
  Object.fromEntries(store.names().map((name) => [name, Object.fromEntries(store.collection(name).entries())]));

it("takes everything back when a transaction throws", () => {
  const store = new Store(dir);
  const jobs = store.collection<number>("jobs");
  jobs.set("kept", 1);
  expect(() =>
    store.transact(() => {
      jobs.set("kept", 2);
      jobs.set("new", 3);
      store.transact(() => jobs.delete("kept"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(content(store)).toEqual({ jobs: { kept: 1 } });
  expect(content(new Store(dir))).toEqual({ jobs: { kept: 1 } });
});

it("cut anywhere, the log gives the state after some whole transaction", () => {
  const change = fc.record({
    name: fc.constantFrom("a", "b"),
    key: fc.constantFrom("x", "y", "z"),
    value: fc.option(fc.string(), { nil: null }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      fc.nat(),
      (transactions, cut) => {
        writeFileSync(join(dir, "glue.jsonl"), "");
        const store = new Store(dir);
        const states = [content(store)];
        for (const changes of transactions) {
          store.transact(() => {
            for (const { name, key, value } of changes) {
              if (value === null) store.collection(name).delete(key);
              else store.collection(name).set(key, value);
            }
          });
          states.push(content(store));
        }
        const path = join(dir, "glue.jsonl");
        truncateSync(path, cut % (readFileSync(path).length + 1));
        expect(states).toContainEqual(content(new Store(dir)));
      },
    ),
    { numRuns: 60 },
  );
});

it("goes on after a torn line", () => {
  new Store(dir).collection("a").set("x", 1);
  appendFileSync(join(dir, "glue.jsonl"), '[["a","y",');
  const store = new Store(dir);
  store.collection("a").set("z", 3);
  expect(content(new Store(dir))).toEqual({ a: { x: 1, z: 3 } });
});

it("refuses a log that is damaged in the middle", () => {
  new Store(dir).collection("a").set("x", 1);
  const path = join(dir, "glue.jsonl");
  writeFileSync(path, `garbage\n${readFileSync(path, "utf8")}\n[["a","y",2]]\n`);
  expect(() => new Store(dir)).toThrow("glue.jsonl:1 is damaged");
});

it("compacts at start", () => {
  const store = new Store(dir);
  for (let i = 0; i < 100; i += 1) store.collection("a").set("x", i);
  expect(content(new Store(dir))).toEqual({ a: { x: 99 } });
  expect(readFileSync(join(dir, "glue.jsonl"), "utf8").trim().split("\n")).toHaveLength(1);
});
