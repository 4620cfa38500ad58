import { expect, test } from "vitest";
import { fingerprint } from "../../src/engine/index.ts";
import { ifWanted } from "../../src/services/kit.ts";

interface Props {
  readonly cors?: string;
}

const at = { kind: "s3.bucket", id: "raw", name: "raw" };
const applied = (props: object): Record<string, string> => ({ "metriccare:applied": fingerprint(props, {}, {}) });

test("an optional setting is asked for when the config names it, or did at the last apply", async () => {
  const asked: string[] = [];
  const read = (props: Props | undefined, tags: Promise<Record<string, string>>) =>
    ifWanted<Props, string>({ ...at, ...(props ? { props } : {}) }, "cors", tags, async () => {
      asked.push("cors");
      return "live";
    });
  expect(await read({}, Promise.resolve(applied({ versioning: true })))).toBeUndefined();
  expect(await read(undefined, Promise.resolve({}))).toBeUndefined();
  expect(asked).toEqual([]);
  expect(await read({}, Promise.resolve(applied({ cors: "x" })))).toBe("live");
  // The tags never come: what is named does not wait for them.
  expect(await read({ cors: "x" }, new Promise(() => undefined))).toBe("live");
});
