import { FORMS } from "../protocols.ts";
import type { Claim } from "./claim.ts";
import type { RawHeaders } from "./headers.ts";
import { Refused } from "./refusals.ts";
import { decode, type Target } from "./target.ts";
import type { Visit } from "./visitors.ts";

/** Whose `X-Amz-Target` begins how (botocore's service models, of what the emulator has): the emulator routes by it. */
const TARGETS: Record<string, string> = {
  AWSBudgetServiceGateway: "budgets",
  AWSCognitoIdentityProviderService: "cognito-idp",
  AWSCognitoIdentityService: "cognito-identity",
  AWSEvents: "events",
  AWSGlue: "glue",
  AWSOrganizationsV20161128: "organizations",
  AWSOrigamiServiceGatewayService: "cur",
  AWSShineFrontendService_20170701: "translate",
  AWSStepFunctions: "states",
  AWSWAF_20150824: "waf",
  AWSWAF_20190729: "wafv2",
  AWSWAF_Regional_20161128: "waf-regional",
  AmazonAthena: "athena",
  AmazonEC2ContainerRegistry_V20150921: "ecr",
  AmazonEC2ContainerServiceV20141113: "ecs",
  AmazonSQS: "sqs",
  AmazonSSM: "ssm",
  CertificateManager: "acm",
  CloudApiService: "cloudcontrolapi",
  CodeBuild_20161006: "codebuild",
  DynamoDBStreams_20120810: "dynamodb",
  DynamoDB_20120810: "dynamodb",
  ElasticMapReduce: "elasticmapreduce",
  Firehose_20150804: "firehose",
  GraniteServiceVersion20100801: "monitoring",
  KinesisAnalytics_20180523: "kinesisanalytics",
  Kinesis_20131202: "kinesis",
  Logs_20140328: "logs",
  OpenSearchServerless: "aoss",
  RedshiftData: "redshift-data",
  RedshiftServerless: "redshift-serverless",
  ResourceGroupsTaggingAPI_20170126: "tagging",
  Route53AutoNaming_v20170314: "servicediscovery",
  StarlingDoveService: "config",
  Transcribe: "transcribe",
  TransferService: "transfer",
  TrentService: "kms",
  "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
  "com.amazonaws.transcribe.Transcribe": "transcribe",
  secretsmanager: "secretsmanager",
};

const BY_TARGET = new Set(Object.values(TARGETS).filter((service) => !FORMS.has(service)));
/** Where the paths of services of REST begin. */
const PATHS: Record<string, RegExp> = {
  lambda: /^\/20\d\d-\d\d-\d\d\//,
  scheduler: /^\/(schedules|schedule-groups|tags)(\/|$)/,
};

/** The service that a target names. */
export const serviceOfTarget = (target: string): string | undefined =>
  TARGETS[target.slice(0, target.lastIndexOf("."))];

/** What the front itself tells to its owner (how many calls there were), under a scope of its own. */
export const OWN = { scope: "metriccare", calls: "/_metriccare/calls" };

/** Refuses a request that asks another service than the one its credential is scoped to. */
export function refuseOtherService(claim: Claim, visit: Visit): void {
  const wrong = (asked: string): never => {
    const text = `Credential should be scoped to correct service: '${asked}', not '${claim.service}'.`;
    throw new Refused("wrongService", text);
  };
  const { service } = claim;
  const path = visit.target?.path ?? "";
  if (service === OWN.scope) {
    if (path !== OWN.calls) wrong("s3");
    return;
  }
  // No bucket's name begins like this: these are the emulator's own back doors.
  if (/^\/+_/.test(decode(path))) throw new Refused("method");
  const named = visit.headers.get("x-amz-target");
  if (named !== undefined) {
    const asked = serviceOfTarget(named);
    if (asked !== service) wrong(asked ?? named.slice(0, 60));
    if (visit.method !== "POST" || path !== "/") throw new Refused("badRequest");
    return;
  }
  if (service === "s3" || service === "s3express") return;
  if (BY_TARGET.has(service)) wrong("s3");
  if (FORMS.has(service) && !isForm(visit)) wrong("s3");
  if (PATHS[service] && !PATHS[service].test(path)) wrong("s3");
}

function isForm({ method, target, headers }: Visit): boolean {
  const path = target?.path ?? "";
  if (path.startsWith("/service/")) return method === "POST";
  // A queue's URL is where SQS is asked.
  if (!/^\/(\d{12}\/[^/]+\/?)?$/.test(path)) return false;
  if (method === "GET") return asksInQuery(target);
  const type = headers.get("content-type");
  // Botocore presigns a form with all of it in the query, to be sent as a POST with no body and no type of one.
  if (method === "POST" && type === undefined) return asksInQuery(target) && hasNoBody(headers);
  return method === "POST" && (type ?? "").startsWith("application/x-www-form-urlencoded");
}

const asksInQuery = (target: Target | undefined): boolean => target?.query.some(([name]) => name === "Action") === true;

const hasNoBody = (headers: RawHeaders): boolean =>
  (headers.get("content-length") ?? "0") === "0" && headers.get("transfer-encoding") === undefined;
