import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { operation, type Operations } from "./operation.ts";
import { type GlueState, nowOf, type SecurityConfigurationDef } from "./state.ts";

const keyed = (mode: string | undefined, key: string | undefined): boolean =>
  mode?.endsWith("-KMS") === true && key === undefined;

/** Security configurations: kept and shown, unchangeable and without tags, as on AWS. Nothing here encrypts by them. */
export function securityConfigurationOperations(state: GlueState): Operations {
  const known = (name = ""): SecurityConfigurationDef => {
    const found = state.securityConfigurations.get(name);
    if (!found) throw notFound(`Security Configuration ${name} not found.`);
    return found;
  };
  return {
    CreateSecurityConfiguration: operation((input: Wire<Sdk.CreateSecurityConfigurationRequest>) => {
      const { Name = "", EncryptionConfiguration: wanted } = input;
      if (state.securityConfigurations.has(Name)) throw alreadyExists(`Security Configuration ${Name} already exists.`);
      const missing =
        (wanted?.S3Encryption ?? []).some((one) => keyed(one.S3EncryptionMode, one.KmsKeyArn)) ||
        keyed(wanted?.CloudWatchEncryption?.CloudWatchEncryptionMode, wanted?.CloudWatchEncryption?.KmsKeyArn) ||
        keyed(wanted?.JobBookmarksEncryption?.JobBookmarksEncryptionMode, wanted?.JobBookmarksEncryption?.KmsKeyArn);
      if (missing) throw invalidInput("A KMS key ARN is required for encryption with KMS.");
      const CreatedTimeStamp = nowOf(state);
      state.securityConfigurations.set(Name, { Name, EncryptionConfiguration: wanted, CreatedTimeStamp });
      return { Name, CreatedTimestamp: CreatedTimeStamp };
    }),
    DeleteSecurityConfiguration: operation(({ Name }: Wire<Sdk.DeleteSecurityConfigurationRequest>) => {
      state.securityConfigurations.delete(known(Name).Name);
      return {};
    }),
    GetSecurityConfiguration: operation(({ Name }: Wire<Sdk.GetSecurityConfigurationRequest>) => ({
      SecurityConfiguration: known(Name),
    })),
    GetSecurityConfigurations: operation((input: Wire<Sdk.GetSecurityConfigurationsRequest>) => {
      const page = pageOf(state.securityConfigurations.values(), (one) => one.Name, input, 100);
      return { SecurityConfigurations: page.items, NextToken: page.nextToken };
    }),
  };
}
