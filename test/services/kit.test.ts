import { describe, expect, test } from "vitest";
import { errorCode, idOf, mapDelta, mergeTags, pages, sameSet, tagged, unless } from "../../src/services/kit.ts";
import { foreignStatements, ourStatements, parsePolicy, withStatements } from "../../src/services/statements.ts";

const failing = (name: string): Promise<string> => Promise.reject(Object.assign(new Error(name), { name }));

test("only the codes that mean absent are swallowed", async () => {
  expect(await unless(["NoSuchEntity"], failing("NoSuchEntityException"))).toBeUndefined();
  expect(await unless(["NoSuchEntity"], failing("NoSuchEntity"))).toBeUndefined();
  await expect(unless(["NoSuchEntity"], failing("AccessDeniedException"))).rejects.toThrow("AccessDenied");
  await expect(unless(["NotFound"], failing("403"))).rejects.toThrow("403");
  expect(errorCode("text")).toBe("");
});

describe("what was found, and its tags", () => {
  const address = { kind: "fake.thing", id: "a", name: "a" };
  const ctx = { tagsOf: async () => ({ told: "by search" }) };

  /** What is asked, in its order: whether it is there takes a moment. */
  async function asked(more: { alone?: boolean; searched?: boolean }, there = true, own = async () => ({ own: "1" })) {
    const log: string[] = [];
    const found = (async () => {
      log.push("is it there");
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(there ? "it is" : "it is not");
      return there ? {} : undefined;
    })();
    const place = {
      arn: "arn",
      own: () => {
        log.push("its tags");
        return own();
      },
    };
    const live = await tagged(ctx, { ...address, ...more }, found, place, () => ({}));
    return { log, tags: live?.tags };
  }

  test("tags are asked for when it was found, and beside that under the lease", async () => {
    expect(await asked({})).toEqual({ log: ["is it there", "it is", "its tags"], tags: { own: "1" } });
    expect(await asked({ alone: true })).toEqual({ log: ["is it there", "its tags", "it is"], tags: { own: "1" } });
    expect(await asked({ alone: true, searched: true })).toEqual({
      log: ["is it there", "it is"],
      tags: { told: "by search" },
    });
  });

  test("of what is not there no tag says anything; a refusal of what is there is one", async () => {
    const denied = () => failing("AccessDenied").then(() => ({ own: "1" }));
    expect(await asked({ alone: true }, false, denied)).toMatchObject({ tags: undefined });
    await expect(asked({ alone: true }, true, denied)).rejects.toThrow("AccessDenied");
    expect(await asked({ alone: true }, true, async () => undefined as never)).toMatchObject({ tags: undefined });
  });
});

test("ids behind names", () => {
  const scope = { project: "metriccare", env: "dev" };
  expect(idOf(scope, "metriccare_bronze_patient_dev")).toBe("bronze_patient");
  expect(idOf(scope, "metriccare-raw-dev-123456789012-us-east-1")).toBe("raw");
  expect(idOf(scope, "chosen-otherwise")).toBe("chosen-otherwise");
  expect(idOf(scope, "metriccare_dev")).toBe("metriccare_dev");
});

test("maps, tags, sets and pages", async () => {
  const same = (a: number, b: number): boolean => a === b;
  expect(mapDelta({ a: 1, b: 2, c: 3 }, { b: 2, c: 4, d: 5 }, same)).toEqual({
    put: [
      ["c", 4],
      ["d", 5],
    ],
    drop: ["a"],
  });
  expect(mergeTags({ Team: "blue", Old: "1" }, { New: "2" }, ["Old"])).toEqual({ Team: "blue", New: "2" });
  expect(sameSet(["a", "b"], ["b", "a"])).toBe(true);
  expect(sameSet(["a"], ["b"])).toBe(false);
  const tokens: (number | undefined)[] = [];
  const all = await pages(
    async (token?: number) => {
      tokens.push(token);
      return { next: (token ?? 0) + 1 };
    },
    ({ next }) => (next < 3 ? next : undefined),
  );
  expect(all).toHaveLength(3);
  expect(tokens).toEqual([undefined, 1, 2]);
});

test("our statements among other people's", () => {
  const theirs = { Sid: "Theirs", Effect: "Allow", Action: "s3:Get*", Resource: "*" } as const;
  const single = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: theirs }));
  expect(foreignStatements(single)).toEqual([theirs]);
  const ours = { Effect: "Deny", Action: "s3:*", Resource: "*" } as const;
  const merged = withStatements(single, { TlsOnly: ours });
  expect(merged.Statement).toEqual([theirs, { Sid: "MetriccareTlsOnly", ...ours }]);
  expect(ourStatements(merged)).toEqual({ TlsOnly: ours });
  expect(withStatements(merged, {}).Statement).toEqual([theirs]);
  expect(parsePolicy(undefined).Statement).toEqual([]);
});
