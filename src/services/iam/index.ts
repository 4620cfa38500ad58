import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { iamClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { declareIam } from "./declare.ts";
import { policy, coverage as policyFields } from "./policy.ts";
import { role, coverage as roleFields } from "./role.ts";
import { policySection, roleSection } from "./section.ts";
import { iamTerraform } from "./terraform.ts";
import { iamArn } from "./arn.ts";

/** AWS IAM. */
export const iam = service({
  name: "iam",
  client: iamClient,
  coverage: {
    fields: { Policy: policyFields, Role: roleFields },
    terraform: iamTerraform,
  },
  faults,
  codes: { errors, findings },
  kinds: [anyKind(policy), anyKind(role)],
  sections: {
    policies: {
      kind: "iam.policy",
      one: "managed policy",
      about: "Managed policies, for `roles.<id>.managedPolicies`.",
      schema: policySection,
      mayExist: true,
      named: {
        limit: { max: 128, form: /^[\w+=,.@-]+$/, words: "letters, digits and _+=,.@-" },
        arn: (scope: Scope, name: string, entry: object) => iamArn.policy(scope, `${pathOf(entry)}${name}`),
        inPolicies: { byName: true },
      },
    },
    roles: {
      kind: "iam.role",
      one: "role",
      about: "IAM roles; their rights follow from who uses them.",
      schema: roleSection,
      mayExist: true,
      named: {
        limit: { max: 64, form: /^[\w+=,.@-]+$/, words: "letters, digits and _+=,.@-" },
        // A pattern would match what somebody else made stronger.
        inPolicies: { always: true, byName: true },
        arn: (scope: Scope, name: string, entry: object) => iamArn.role(scope, `${pathOf(entry)}${name}`),
      },
    },
  },
  where: [
    [/^iam:ListPolicies$/, "anyPolicy"],
    [/^iam:Get(Policy|PolicyVersion)$/, "policies"],
    [/^iam:(Create|Delete|List|SetDefault|Tag|Untag)Policy(Versions?)?$/, "ownPolicies"],
    [/^iam:/, "roles"],
  ],
  everywhere: { "iam:ListRoles": "a list of roles is of the account; it cannot be bound to names" },
  places: (arns: (section: string) => readonly string[]) => ({
    ownPolicies: arns("policies"),
    /** What IAM cannot name, where the config has any. */
    anyPolicy: arns("policies").length > 0 ? ["*"] : [],
  }),
  declare: declareIam,
});

const pathOf = (entry: object): string => ("path" in entry ? String(entry.path).slice(1) : "");
