import type { Target } from "@aws-sdk/client-eventbridge";
import { isPlain } from "../../engine/plain.ts";
import type { ParameterWords } from "./target-section.ts";

const KEYS = [
  "SqsParameters",
  "EcsParameters",
  "BatchParameters",
  "KinesisParameters",
  "HttpParameters",
  "RedshiftDataParameters",
  "RunCommandParameters",
  "SageMakerPipelineParameters",
  "AppSyncParameters",
] as const;

/** What one type of target is told beside the event, as AWS has it. */
export type TargetParameters = Pick<Target, (typeof KEYS)[number]>;

/** AWS answers what nobody gave as false, as an empty list or not at all: all three are nothing. */
function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(trimmed);
  if (!isPlain(value)) return value === false ? undefined : value;
  const kept = Object.entries(value).flatMap(([key, one]) => {
    const left = trimmed(one);
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The parameters of a target, without what means nothing; undefined where there are none. */
export const parametersOf = (target: TargetParameters): TargetParameters | undefined =>
  // The same members, fewer of them.
  trimmed(Object.fromEntries(KEYS.map((key) => [key, target[key]]))) as TargetParameters | undefined;

function ecs(one: NonNullable<ParameterWords["ecs"]>): TargetParameters["EcsParameters"] {
  const network = one.subnets && {
    awsvpcConfiguration: {
      Subnets: one.subnets.toSorted(),
      SecurityGroups: one.securityGroups.toSorted(),
      AssignPublicIp: one.assignPublicIp ? ("ENABLED" as const) : ("DISABLED" as const),
    },
  };
  return {
    TaskDefinitionArn: one.taskDefinition,
    TaskCount: one.taskCount,
    LaunchType: one.launchType,
    PlatformVersion: one.platformVersion,
    Group: one.group,
    NetworkConfiguration: network,
    CapacityProviderStrategy: one.capacityProviders.map(({ provider, weight, base }) => ({
      capacityProvider: provider,
      weight,
      base,
    })),
    PlacementConstraints: one.placementConstraints,
    PlacementStrategy: one.placementStrategy,
    EnableECSManagedTags: one.managedTags,
    EnableExecuteCommand: one.executeCommand,
    PropagateTags: one.propagateTags ? "TASK_DEFINITION" : undefined,
    Tags: Object.entries(one.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const batch = (one: NonNullable<ParameterWords["batch"]>): TargetParameters["BatchParameters"] => ({
  JobDefinition: one.jobDefinition,
  JobName: one.jobName,
  ArrayProperties: one.arraySize === undefined ? undefined : { Size: one.arraySize },
  RetryStrategy: one.attempts === undefined ? undefined : { Attempts: one.attempts },
});

const redshift = (one: NonNullable<ParameterWords["redshift"]>): TargetParameters["RedshiftDataParameters"] => ({
  Database: one.database,
  DbUser: one.user,
  SecretManagerArn: one.secretArn,
  ...(typeof one.sql === "string" ? { Sql: one.sql } : { Sqls: one.sql }),
  StatementName: one.statementName,
  WithEvent: one.withEvent,
});

const plain = (one: ParameterWords): TargetParameters => ({
  SqsParameters: one.messageGroupId === undefined ? undefined : { MessageGroupId: one.messageGroupId },
  KinesisParameters: one.kinesis && { PartitionKeyPath: one.kinesis.partitionKeyPath },
  HttpParameters: one.http && {
    HeaderParameters: one.http.headers,
    PathParameterValues: one.http.path,
    QueryStringParameters: one.http.query,
  },
  RunCommandParameters: one.runCommand && {
    RunCommandTargets: one.runCommand.map(({ key, values }) => ({ Key: key, Values: values })),
  },
  SageMakerPipelineParameters: one.sageMaker && {
    PipelineParameterList: Object.entries(one.sageMaker).map(([Name, Value]) => ({ Name, Value })),
  },
  AppSyncParameters: one.appSync && { GraphQLOperation: one.appSync.operation },
});

/** The config's words as AWS's. */
export const declaredParameters = (one: ParameterWords): TargetParameters | undefined =>
  parametersOf({
    ...plain(one),
    EcsParameters: one.ecs && ecs(one.ecs),
    BatchParameters: one.batch && batch(one.batch),
    RedshiftDataParameters: one.redshift && redshift(one.redshift),
  });
