import { z } from "zod";

const megabytes = (least: number, most: number, value: number) => z.number().min(least).max(most).default(value);

/**
 * What one raw file may cost its reader: arguments of the Bronze jobs. A file beyond a limit is `failed` with `too_large`.
 * A worker needs about six times the larger of line and Bundle (characters beyond U+FFFF: more), whatever the files hold.
 */
export const readingSection = z.strictObject({
  maxLineMegabytes: megabytes(0.001, 1000, 60).describe(
    "Longest line, unzipped: one resource. 1 MB is 1,000,000 bytes.",
  ),
  maxBundleMegabytes: megabytes(0.001, 1000, 100).describe(
    "Longest Bundle or other document, on one line or over many, unzipped.",
  ),
  maxObjectMegabytes: megabytes(0.001, 5_000_000, 5000).describe("Largest object, as it is stored and unzipped."),
});
