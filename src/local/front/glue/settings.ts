import { createHash } from "node:crypto";
import type * as Sdk from "@aws-sdk/client-glue";
import { AwsError, notFound } from "../errors.ts";
import type { Wire } from "../wire.ts";
import { checkCatalog } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import { glueArn, nowOf, type GlueState } from "./state.ts";

type Policy = Wire<Sdk.GetResourcePolicyResponse>;

/** Settings of the catalog as a whole, and lists of what this Glue cannot have: truthfully empty. */
export function settingsOperations(state: GlueState): Operations {
  const policy = (): Policy => {
    const found = state.settings.get("resourcePolicy") as Policy | undefined;
    if (!found) throw notFound("Policy not found");
    return found;
  };
  const none = (member: string) => operation(() => ({ [member]: [] }));
  return {
    GetDataCatalogEncryptionSettings: operation(({ CatalogId }: Wire<Sdk.GetDataCatalogEncryptionSettingsRequest>) => {
      checkCatalog(state, CatalogId);
      return {
        DataCatalogEncryptionSettings: state.settings.get("encryption") ?? {
          EncryptionAtRest: { CatalogEncryptionMode: "DISABLED" },
          ConnectionPasswordEncryption: { ReturnConnectionPasswordEncrypted: false },
        },
      };
    }),
    PutDataCatalogEncryptionSettings: operation((input: Wire<Sdk.PutDataCatalogEncryptionSettingsRequest>) => {
      checkCatalog(state, input.CatalogId);
      state.settings.set("encryption", input.DataCatalogEncryptionSettings ?? {});
      return {};
    }),
    GetCatalogImportStatus: operation(() => ({ ImportStatus: { ImportCompleted: true } })),
    GetResourcePolicy: operation(() => policy()),
    PutResourcePolicy: operation(
      ({ PolicyInJson, PolicyExistsCondition, PolicyHashCondition }: Wire<Sdk.PutResourcePolicyRequest>) => {
        const old = state.settings.get("resourcePolicy") as Policy | undefined;
        const unmet =
          (PolicyExistsCondition === "MUST_EXIST" && !old) ||
          (PolicyExistsCondition === "NOT_EXIST" && old) ||
          (PolicyHashCondition !== undefined && PolicyHashCondition !== old?.PolicyHash);
        if (unmet) throw new AwsError("ConditionCheckFailureException", "Policy condition check failed");
        const PolicyHash = createHash("sha256")
          .update(PolicyInJson ?? "")
          .digest("base64");
        state.settings.set("resourcePolicy", {
          PolicyInJson,
          PolicyHash,
          CreateTime: old?.CreateTime ?? nowOf(state),
          UpdateTime: nowOf(state),
        });
        return { PolicyHash };
      },
    ),
    DeleteResourcePolicy: operation(() => {
      policy();
      state.settings.delete("resourcePolicy");
      return {};
    }),
    GetCatalog: operation(({ CatalogId }: Wire<Sdk.GetCatalogRequest>) => {
      checkCatalog(state, CatalogId);
      return { Catalog: { CatalogId: state.account, Name: state.account, ResourceArn: glueArn(state, "catalog") } };
    }),
    GetClassifiers: none("Classifiers"),
  };
}
