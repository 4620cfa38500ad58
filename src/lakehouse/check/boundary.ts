import type { LakehouseConfig } from "../schema.ts";
import { BOUNDARY_ID } from "../ids.ts";
import type { Problem } from "./problem.ts";

/** A boundary is a policy of the role's own account, or one of AWS's: IAM refuses every other when the role is made. */
export function checkBoundaries({ aws, permissionsBoundary, policies, roles }: LakehouseConfig): Problem[] {
  const named: (readonly [readonly string[], string | undefined])[] = [
    [["permissionsBoundary"], permissionsBoundary],
    ...Object.entries(roles).map(
      ([id, role]) => [["roles", id, "permissionsBoundary"], role.permissionsBoundary] as const,
    ),
  ];
  return [
    ...checkPolicies(policies),
    ...named.flatMap(([path, boundary]): Problem[] => {
      const account = /^arn:[^:]+:iam::(\d{12}):/.exec(boundary ?? "")?.[1];
      if (account === undefined || aws.account === undefined || account === aws.account) return [];
      return [
        {
          path,
          message: `is a policy of account ${account}, and the roles are made in ${aws.account}: IAM takes a boundary of the same account only`,
          suggestion: "Name the policy without its ARN: the account is then the environment's own.",
        },
      ];
    }),
  ];
}

/** Managed policies need a document, and one id is the environment's. */
const checkPolicies = (policies: LakehouseConfig["policies"]): Problem[] =>
  Object.entries(policies).flatMap(([id, { document, existing }]): Problem[] => [
    ...(id === BOUNDARY_ID
      ? [
          {
            path: ["policies", id],
            message: "is the permissions boundary of the environment, which follows from its roles",
            suggestion: "Choose another id; `permissionsBoundary` names another boundary.",
          },
        ]
      : []),
    ...(document === undefined && existing === undefined
      ? [
          {
            path: ["policies", id],
            message: "a managed policy needs `document`",
            suggestion: "Write it there, or say `existing` for one that is not ours.",
          },
        ]
      : []),
  ]);
