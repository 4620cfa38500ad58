import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** A boundary is a policy of the role's own account, or one of AWS's: IAM refuses every other when the role is made. */
export function checkBoundaries({ aws, permissionsBoundary, roles }: LakehouseConfig): Problem[] {
  const named: (readonly [readonly string[], string | undefined])[] = [
    [["permissionsBoundary"], permissionsBoundary],
    ...Object.entries(roles).map(
      ([id, role]) => [["roles", id, "permissionsBoundary"], role.permissionsBoundary] as const,
    ),
  ];
  return named.flatMap(([path, boundary]): Problem[] => {
    const account = /^arn:[^:]+:iam::(\d{12}):/.exec(boundary ?? "")?.[1];
    if (account === undefined || aws.account === undefined || account === aws.account) return [];
    return [
      {
        path,
        message: `is a policy of account ${account}, and the roles are made in ${aws.account}: IAM takes a boundary of the same account only`,
        suggestion: "Name the policy without its ARN: the account is then the environment's own.",
      },
    ];
  });
}
