import { expect, test } from "vitest";
import type { Clients } from "../../src/aws/clients.ts";
import { CallLog } from "../../src/aws/call-log.ts";
import { awsContext } from "../../src/aws/context.ts";
import { systemClock } from "../../src/clock/index.ts";

test("a tag search that failed is asked again, one that worked is not", async () => {
  let asked = 0;
  const tagging = {
    getResources: () => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("line dead")) : Promise.resolve({ ResourceTagMappingList: [] });
    },
  };
  const ctx = awsContext({
    project: "p",
    env: "e",
    account: "123456789012",
    region: "us-east-1",
    partition: "aws",
    target: { region: "us-east-1" },
    // Only this one client is asked for.
    clients: { of: () => Promise.resolve(tagging), expectOwner: () => {} } as unknown as Clients,
    calls: new CallLog(),
    clock: systemClock,
    projectDir: ".",
  });
  const [one, other] = await Promise.allSettled([ctx.tagged(), ctx.tagged()]);
  expect([one.status, other.status, asked]).toEqual(["rejected", "rejected", 1]);
  expect(await ctx.tagged()).toEqual([]);
  expect(await ctx.tagged()).toEqual([]);
  expect(asked).toBe(2);
});
