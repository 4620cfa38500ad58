import { expect, test } from "vitest";
import { finding } from "../../../src/operate/audit/events.ts";
import { OWN } from "../../../src/operate/measures/read.ts";
import { readBases, standsOf } from "../../../src/operate/report/stand.ts";
import { stubContext } from "../support.ts";

const PARAMETERS = { as_of: "2023-06-30", time_zone: "America/Chicago", inpatient_classes: ["IMP"] };

/** Only the table of HAI is there; its newest commit says nothing, the one before does. */
const ctx = stubContext({
  s3: {
    listObjectsV2: ({ Prefix = "" }: { Prefix?: string }) =>
      Prefix === "hai/.hoodie/"
        ? {
            Contents: ["20230728022000123", "20230728022100123"].map((at) => ({
              Key: `${Prefix}${at}.commit`,
              Size: 1,
            })),
          }
        : {},
    getObject: ({ Key = "" }: { Key?: string }) => ({
      Body: {
        transformToByteArray: async () =>
          new TextEncoder().encode(
            Key.includes("022100")
              ? "{}"
              : JSON.stringify({
                  extraMetadata: {
                    "metriccare.parameters": JSON.stringify(PARAMETERS),
                    "metriccare.rules": "3f2a91c0",
                    "metriccare.run_id": "wr_1",
                  },
                }),
          ),
      },
    }),
  },
});

test("what a table stands on is what its commits say, and what the audit finds of it", async () => {
  const bases = await readBases(ctx, "gold", OWN);
  const said = { as_of: "2023-06-30", time_zone: "America/Chicago", rules: "3f2a91c0", run_id: "wr_1" };
  expect(bases).toEqual({ hai: { ...said, computed_at: null } });
  const findings = [
    finding("other_parameters", { key: "gold/hai" }, "as_of 2023-06-30 -> today"),
    finding("behind", { key: "gold/mortality" }, "of another table"),
    finding("unchecked", { key: "gold/hai" }, "no reason to call it stale"),
  ];
  expect(standsOf(bases, { hai: "2023-07-28T02:21:00Z" }, findings, OWN)).toEqual([
    {
      table: "hai",
      measures: ["hai", "hai_stays"],
      ...said,
      computed_at: "2023-07-28T02:21:00Z",
      stale: ["as_of 2023-06-30 -> today"],
    },
  ]);
});
