import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { type Encryption, SECURED_TAG, type SecurityConfigurationProps } from "./security-configuration.ts";
import type { SecurityConfigurationConfig } from "./security-configuration-section.ts";

const of = ({ mode, kmsKeyArn }: { mode: string; kmsKeyArn?: string | undefined }): Encryption => ({
  mode,
  kmsKeyArn: kmsKeyArn ?? null,
});

/** What tells of a security configuration of ours on whoever uses it. */
export const securedTag = (build: Build, reference: string | undefined): Readonly<Record<string, string>> =>
  reference !== undefined && build.has("securityConfigurations", reference)
    ? { [SECURED_TAG]: build.named("securityConfigurations", reference).name }
    : {};

/** A security configuration: it has no tags. */
export const declareSecurityConfiguration = (build: Build, id: string, one: SecurityConfigurationConfig): Desired =>
  resource<SecurityConfigurationProps>(
    { kind: "glue.securityConfiguration", id, name: build.named("securityConfigurations", id).name },
    {
      s3: of(one.s3),
      cloudWatch: of(one.cloudWatch),
      jobBookmarks: of(one.jobBookmarks),
      dataQuality: of(one.dataQuality),
    },
  );
