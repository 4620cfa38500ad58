import type { PolicyStatement } from "../services/iam/props.ts";
import type { FunctionConfig } from "../services/lambda/section.ts";
import type { Expansion } from "./expansion.ts";

/** What a function's role may do because of where the function stands and where its events go. */

type Settings = Pick<FunctionConfig, "vpc" | "fileSystem" | "deadLetter" | "onSuccess" | "onFailure">;

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

/** The functions of a role, the pipeline's own among them. What that one fails on has a queue, and rights, of its own. */
function functionsOf({ config }: Expansion, role: string): Settings[] {
  const own = config.made.includes("function") && config.function.role === role ? [config.function] : [];
  const further = Object.values(config.functions).filter((one) => one.existing === undefined && one.role === role);
  return [...own, ...further];
}

/**
 * Lambda makes the network interfaces of a function with the rights of its role; none of these actions can be bound to a
 * network. Source: AWSLambdaVPCAccessExecutionRole.
 */
const network = (): PolicyStatement =>
  allow(
    "UseNetwork",
    [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ],
    ["*"],
  );

/** The file system through its access point alone. Source: "Configuring file system access for Lambda functions". */
const mount = (accessPoint: string): PolicyStatement => ({
  ...allow(
    "UseFiles",
    ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
    [accessPoint.replace(/access-point\/.*$/, "file-system/*")],
  ),
  Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": accessPoint } },
});

function destinations({ names }: Expansion, all: readonly Settings[]): PolicyStatement[] {
  const to = all.flatMap(({ onFailure, onSuccess, deadLetter }) => [onFailure, onSuccess, deadLetter]);
  const queues = [...new Set(to.flatMap((one) => one?.queue ?? []))].map((id) => names.named("queues", id).arn);
  const topics = [...new Set(to.flatMap((one) => one?.topic ?? []))].map((id) => names.named("topics", id).arn);
  return [
    ...(queues.length > 0 ? [allow("SendFailures", ["sqs:SendMessage"], queues)] : []),
    ...(topics.length > 0 ? [allow("TellFailures", ["sns:Publish"], topics)] : []),
  ];
}

/** Statements that follow from a role's functions, whichever these are. */
export function reachStatements(build: Expansion, role: string): PolicyStatement[] {
  const all = functionsOf(build, role);
  return [
    ...destinations(build, all),
    ...(all.some(({ vpc }) => vpc !== undefined) ? [network()] : []),
    ...all.flatMap(({ fileSystem }) => (fileSystem === undefined ? [] : [mount(fileSystem.accessPoint)])),
  ];
}
