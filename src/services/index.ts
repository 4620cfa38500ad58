import type { AwsContext } from "../aws/context.ts";
import { type AnyKind, anyKind } from "../engine/types.ts";
import { table } from "./dynamodb/index.ts";
import { rule } from "./events/index.ts";
import { glueKinds } from "./glue/index.ts";
import { policy, role } from "./iam/index.ts";
import { lambdaFunction } from "./lambda/index.ts";
import { group } from "./logs/index.ts";
import { bucket, notification, object } from "./s3/index.ts";
import { topic } from "./sns/index.ts";
import { queue } from "./sqs/index.ts";

export { byKey } from "./kms.ts";

/** Every kind of resource that metriccare knows. A new service adds its kinds here. */
export const kinds: readonly AnyKind<AwsContext>[] = [
  anyKind(bucket),
  anyKind(notification),
  anyKind(object),
  anyKind(policy),
  anyKind(role),
  anyKind(group),
  anyKind(lambdaFunction),
  anyKind(table),
  ...glueKinds,
  anyKind(queue),
  anyKind(topic),
  anyKind(rule),
];
