import * as fc from "fast-check";
import {
  securityConfiguration,
  type Encryption,
  type SecurityConfigurationProps,
} from "../../../src/services/glue/security-configuration.ts";
import type { KindCase } from "../case.ts";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
const OFF: Encryption = { mode: "DISABLED", kmsKeyArn: null };

/** Nothing about it can be changed: all props are fixed, and its name is its mark. */
export const securityConfigurationCase: KindCase<SecurityConfigurationProps> = {
  kind: securityConfiguration,
  address: (ctx, unique) => ({
    kind: "glue.securityConfiguration",
    id: unique,
    name: `${ctx.project}_${unique}_${ctx.env}`,
  }),
  props: () =>
    fc.record({
      s3: fc.constantFrom(OFF, { mode: "SSE-S3", kmsKeyArn: null }, { mode: "SSE-KMS", kmsKeyArn: KEY }),
      cloudWatch: fc.constantFrom(OFF, { mode: "SSE-KMS", kmsKeyArn: KEY }),
      jobBookmarks: fc.constantFrom(OFF, { mode: "CSE-KMS", kmsKeyArn: KEY }),
      dataQuality: fc.constant(OFF),
    }),
  base: () => ({ s3: { mode: "SSE-KMS", kmsKeyArn: KEY }, cloudWatch: OFF, jobBookmarks: OFF, dataQuality: OFF }),
  fixed: ["s3", "cloudWatch", "jobBookmarks", "dataQuality"],
  vary: {},
  calls: {},
  outside: {},
};
