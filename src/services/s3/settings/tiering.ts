import type { IntelligentTieringConfiguration, Tiering } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Coverage } from "../../coverage.ts";
import { chosenShape, fromFilter, toFilter } from "./filter.ts";
import { listed } from "./setting.ts";

/** When objects of INTELLIGENT_TIERING that nobody reads go to its archive tiers. */
export const tieringSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Status."),
    ...chosenShape,
    archiveAccessDays: z.int().min(90).max(730).optional().describe("Tierings: days until ARCHIVE_ACCESS, 90 to 730."),
    deepArchiveAccessDays: z
      .int()
      .min(180)
      .max(730)
      .optional()
      .describe("Tierings: days until DEEP_ARCHIVE_ACCESS, 180 to 730."),
  })
  .refine(
    ({ archiveAccessDays: first, deepArchiveAccessDays: second }) => first !== undefined || second !== undefined,
    "says `archiveAccessDays` or `deepArchiveAccessDays`",
  )
  .refine(
    ({ archiveAccessDays: first, deepArchiveAccessDays: second }) =>
      first === undefined || second === undefined || second > first,
    "goes to the deep archive after the archive, not before",
  );
export type IntelligentTiering = z.output<typeof tieringSchema>;

export const coverage = {
  Id: "identity",
  Filter: "managed",
  Status: "managed",
  Tierings: "managed",
} satisfies Coverage<IntelligentTieringConfiguration>;

const daysOf = (tiers: readonly Tiering[] | undefined, tier: Tiering["AccessTier"]): number | undefined =>
  tiers?.find(({ AccessTier }) => AccessTier === tier)?.Days;

function fromAws({ Status, Filter, Tierings }: IntelligentTieringConfiguration): IntelligentTiering {
  const archive = daysOf(Tierings, "ARCHIVE_ACCESS");
  const deep = daysOf(Tierings, "DEEP_ARCHIVE_ACCESS");
  return {
    enabled: Status === "Enabled",
    ...fromFilter(Filter),
    ...(archive === undefined ? {} : { archiveAccessDays: archive }),
    ...(deep === undefined ? {} : { deepArchiveAccessDays: deep }),
  };
}

function toAws(Id: string, one: IntelligentTiering): IntelligentTieringConfiguration {
  const { archiveAccessDays: archive, deepArchiveAccessDays: deep } = one;
  const filter = toFilter(one);
  return {
    Id,
    Status: one.enabled ? "Enabled" : "Disabled",
    ...(filter ? { Filter: filter } : {}),
    Tierings: [
      ...(archive === undefined ? [] : [{ AccessTier: "ARCHIVE_ACCESS" as const, Days: archive }]),
      ...(deep === undefined ? [] : [{ AccessTier: "DEEP_ARCHIVE_ACCESS" as const, Days: deep }]),
    ],
  };
}

export const intelligentTiering = listed<IntelligentTiering, IntelligentTieringConfiguration>({
  actions: ["s3:GetIntelligentTieringConfiguration", "s3:PutIntelligentTieringConfiguration"],
  list: async (s3, input) => {
    const page = await s3.listBucketIntelligentTieringConfigurations(input);
    return { all: page.IntelligentTieringConfigurationList, next: page.NextContinuationToken };
  },
  id: ({ Id }) => Id,
  from: fromAws,
  put: (s3, at, wanted) =>
    s3.putBucketIntelligentTieringConfiguration({ ...at, IntelligentTieringConfiguration: toAws(at.Id, wanted) }),
  remove: (s3, at) => s3.deleteBucketIntelligentTieringConfiguration(at),
});
