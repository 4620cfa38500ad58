import { worldAt } from "../harness/world.ts";
import { snsClient } from "../../src/services/sns/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { logsClient } from "../../src/services/logs/client.ts";
import { lambdaClient } from "../../src/services/lambda/client.ts";
import { iamClient } from "../../src/services/iam/client.ts";
import { glueClient } from "../../src/services/glue/client.ts";
import { eventsClient } from "../../src/services/events/client.ts";

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** Names of things that are nobody's business of ours, some of them in our own pattern. */
export const STRANGERS = /other-team|other_team/;

/** Unmarked resources of other people in the same account: their names look like ours, their tags do not. They may be there already. */
export async function seedStrangers(endpoint: string): Promise<void> {
  const { clients } = worldAt({ endpoint });
  const [s3, iam, sns, events, glue, logs, lambda] = await Promise.all([
    clients.of(s3Client),
    clients.of(iamClient),
    clients.of(snsClient),
    clients.of(eventsClient),
    clients.of(glueClient),
    clients.of(logsClient),
    clients.of(lambdaClient),
  ]);
  const theirs = { team: "other" };
  await Promise.allSettled([
    s3.createBucket({ Bucket: "metriccare-other-team-dev-123456789012-us-east-1" }),
    sns.createTopic({ Name: "metriccare_other_team_dev" }),
    events.putRule({
      Name: "metriccare_other_team_dev",
      ScheduleExpression: "rate(1 day)",
      Tags: [{ Key: "team", Value: "other" }],
    }),
    glue.createJob({
      Name: "metriccare_other_team_dev",
      Role: "arn:aws:iam::123456789012:role/metriccare_other_team_dev",
      Command: { Name: "glueetl", ScriptLocation: "s3://other/x.py" },
      Tags: theirs,
    }),
    logs.createLogGroup({ logGroupName: "/aws/lambda/metriccare_other_team_dev", tags: theirs }),
    iam.createRole({ RoleName: "metriccare_other_team_dev", AssumeRolePolicyDocument: TRUST }),
  ]);
  await s3.putObject({ Bucket: "metriccare-other-team-dev-123456789012-us-east-1", Key: "theirs", Body: "x" });
  await lambda.getFunction({ FunctionName: "other_team" }).catch(() =>
    lambda.createFunction({
      FunctionName: "other_team",
      Role: "arn:aws:iam::123456789012:role/metriccare_other_team_dev",
      Runtime: "python3.12",
      Handler: "x.y",
      Code: { ZipFile: Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64") },
    }),
  );
}

const RAW = "metriccare-raw-dev-123456789012-us-east-1";

/** Other people's parts within resources of ours: a tag, a notification entry, a rule target, policy statements. */
export async function seedForeignParts(endpoint: string): Promise<void> {
  const { clients, account } = worldAt({ endpoint });
  const [s3, glue, events, sns, lambda, iam] = await Promise.all([
    clients.of(s3Client),
    clients.of(glueClient),
    clients.of(eventsClient),
    clients.of(snsClient),
    clients.of(lambdaClient),
    clients.of(iamClient),
  ]);
  const [job] = (await glue.getJobs({})).Jobs?.filter(({ Name }) => Name?.includes("bronze_patient")) ?? [];
  await glue.tagResource({
    ResourceArn: `arn:aws:glue:us-east-1:${account}:job/${job?.Name}`,
    TagsToAdd: { CostCentre: "4711" },
  });
  const entries = await s3.getBucketNotificationConfiguration({ Bucket: RAW });
  await s3.putBucketNotificationConfiguration({
    Bucket: RAW,
    NotificationConfiguration: {
      ...(entries.LambdaFunctionConfigurations
        ? { LambdaFunctionConfigurations: entries.LambdaFunctionConfigurations }
        : {}),
      TopicConfigurations: [
        {
          Id: "theirs",
          TopicArn: `arn:aws:sns:us-east-1:${account}:metriccare_other_team_dev`,
          Events: ["s3:ObjectRemoved:*"],
        },
      ],
    },
  });
  const rule = (await events.listRules({})).Rules?.find(({ Name }) => /failure/.test(Name ?? ""));
  await events.putTargets({
    Rule: rule?.Name,
    Targets: [{ Id: "theirs", Arn: `arn:aws:sns:us-east-1:${account}:metriccare_other_team_dev` }],
  });
  const topic = (await sns.listTopics({})).Topics?.find(({ TopicArn }) => /:metriccare_(?!other)/.test(TopicArn ?? ""));
  await sns.tagResource({ ResourceArn: topic?.TopicArn, Tags: [{ Key: "CostCentre", Value: "4711" }] });
  const [ours] =
    (await lambda.listFunctions({})).Functions?.filter(({ FunctionName }) => FunctionName !== "other_team") ?? [];
  await lambda.addPermission({
    FunctionName: ours?.FunctionName,
    StatementId: "theirs",
    Action: "lambda:InvokeFunction",
    Principal: "events.amazonaws.com",
    SourceArn: `arn:aws:events:us-east-1:${account}:rule/metriccare_other_team_dev`,
  });
  const role = (await iam.listRoles({})).Roles?.find(({ RoleName }) => /glue_gold/.test(RoleName ?? ""));
  await iam.tagRole({ RoleName: role?.RoleName, Tags: [{ Key: "CostCentre", Value: "4711" }] });
  await policyStatement(endpoint);
}

async function policyStatement(endpoint: string): Promise<void> {
  const { clients } = worldAt({ endpoint });
  const s3 = await clients.of(s3Client);
  const { Policy = "{}" } = await s3.getBucketPolicy({ Bucket: RAW });
  const policy = JSON.parse(Policy) as { Statement: { Sid?: string }[] };
  if (policy.Statement.some(({ Sid }) => Sid === "Theirs")) return;
  const theirs = {
    Sid: "Theirs",
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::210987654321:root" },
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${RAW}/shared/*`,
  };
  await s3.putBucketPolicy({
    Bucket: RAW,
    Policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, theirs] }),
  });
}

/** Every foreign part that must be found in an inventory after our work. */
export const FOREIGN_PARTS = ["CostCentre", '"theirs"', "Theirs", "shared/*"] as const;

/** Those of them that keep their resource alive through a destroy. */
export const KEPT_PARTS = ['"theirs"', "Theirs", "shared/*"] as const;
