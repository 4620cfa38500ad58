import { IAM, type IAMClientConfig } from "@aws-sdk/client-iam";

/** The roles that the original project was given by its account: `examples/original` refers to them and never makes them. */
export const GIVEN_ROLES = ["AWSGlueServiceRole-metriccare", "metriccare-trigger"] as const;

const TRUSTED = { "AWSGlueServiceRole-metriccare": "glue.amazonaws.com", "metriccare-trigger": "lambda.amazonaws.com" };
const MAY = ["s3:*", "glue:*", "dynamodb:*", "logs:*", "cloudwatch:*"];

/** Makes them as somebody else did, long ago. */
export async function giveRoles(config: IAMClientConfig): Promise<void> {
  const iam = new IAM(config);
  for (const RoleName of GIVEN_ROLES) {
    const trust = { Effect: "Allow", Principal: { Service: TRUSTED[RoleName] }, Action: "sts:AssumeRole" };
    await iam.createRole({
      RoleName,
      Path: "/service-role/",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    });
    await iam.putRolePolicy({
      RoleName,
      PolicyName: "all",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: MAY, Resource: "*" }],
      }),
    });
  }
}

/** Everything that can be read of them, to be compared later. */
export async function rolesAsTheyAre(config: IAMClientConfig): Promise<unknown[]> {
  const iam = new IAM(config);
  return Promise.all(
    GIVEN_ROLES.map(async (RoleName) => {
      const { Role } = await iam.getRole({ RoleName });
      const { PolicyNames } = await iam.listRolePolicies({ RoleName });
      return { ...Role, RoleLastUsed: undefined, PolicyNames };
    }),
  );
}
