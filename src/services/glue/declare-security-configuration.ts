import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import type { Encryption, SecurityConfigurationProps } from "./security-configuration.ts";
import type { SecurityConfigurationConfig } from "./security-configuration-section.ts";

const of = ({ mode, kmsKeyArn }: { mode: string; kmsKeyArn?: string | undefined }): Encryption => ({
  mode,
  kmsKeyArn: kmsKeyArn ?? null,
});

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
