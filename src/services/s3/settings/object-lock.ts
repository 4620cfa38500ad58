import type { DefaultRetention, ObjectLockConfiguration } from "@aws-sdk/client-s3";
import { z } from "zod";
import { type Coverage, ignored } from "../../coverage.ts";
import { whole } from "./setting.ts";

/** Objects that cannot be deleted or overwritten for a time. */
export const objectLockSchema = z
  .strictObject({
    mode: z
      .enum(["GOVERNANCE", "COMPLIANCE"])
      .optional()
      .describe(
        "DefaultRetention.Mode: GOVERNANCE can be lifted by who may bypass it; COMPLIANCE by nobody, not by the root user.",
      ),
    days: z.int().min(1).max(36_500).optional().describe("DefaultRetention.Days."),
    years: z.int().min(1).max(100).optional().describe("DefaultRetention.Years, instead of days."),
  })
  .refine(
    ({ mode, days, years }) =>
      mode === undefined ? days === undefined && years === undefined : (days === undefined) !== (years === undefined),
    "says `mode` with either `days` or `years`, or none of them",
  );
export type ObjectLock = z.output<typeof objectLockSchema>;

export const coverage = {
  configuration: {
    ObjectLockEnabled: "managed",
    Rule: "managed",
  } satisfies Coverage<ObjectLockConfiguration>,
  retention: {
    Mode: "managed",
    Days: "managed",
    Years: "managed",
    DefaultEventHold: ignored("a hold that ends with an event of the application, which no apply could end"),
  } satisfies Coverage<DefaultRetention>,
};

function fromAws(found: ObjectLockConfiguration | undefined): ObjectLock | undefined {
  if (found?.ObjectLockEnabled !== "Enabled") return undefined;
  const { Mode: mode, Days: days, Years: years } = found.Rule?.DefaultRetention ?? {};
  return { ...(mode ? { mode } : {}), ...(days ? { days } : {}), ...(years ? { years } : {}) };
}

const toAws = ({ mode, days, years }: ObjectLock): ObjectLockConfiguration => ({
  ObjectLockEnabled: "Enabled",
  ...(mode
    ? {
        Rule: { DefaultRetention: { Mode: mode, ...(days ? { Days: days } : {}), ...(years ? { Years: years } : {}) } },
      }
    : {}),
});

export const objectLock = whole<ObjectLock>({
  actions: ["s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"],
  absent: ["ObjectLockConfigurationNotFoundError"],
  get: async (s3, at) => fromAws((await s3.getObjectLockConfiguration(at)).ObjectLockConfiguration),
  put: (s3, at, wanted) => s3.putObjectLockConfiguration({ ...at, ObjectLockConfiguration: toAws(wanted) }),
  // What was locked once stays a bucket with locks: only the default of new objects can be taken back.
  remove: (s3, at) => s3.putObjectLockConfiguration({ ...at, ObjectLockConfiguration: toAws({}) }),
});
