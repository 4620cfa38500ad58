/** A request as a rule wants to judge it. */
export interface Call {
  /** From 1, since the proxy was last told to count anew. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
  /** `glue`, `s3`: from the credential scope. */
  readonly service: string;
  /** `CreateJob`. */
  readonly operation: string;
  /** The application id in the user agent: tells callers apart. */
  readonly caller: string;
  readonly mutating: boolean;
  /** From 1: the SDK says which try of its own this is. */
  readonly attempt: number;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const READS = /^(Get|List|Describe|Head|BatchGet|Query|Scan)/;

/** What kind of call a request is, from its headers, path and body. */
export function callOf(
  index: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): Call {
  const [, service = ""] = /\/([a-z0-9-]+)\/aws4_request/.exec(String(headers["authorization"] ?? "")) ?? [];
  const [, caller = ""] = /\bapp\/(\S+)/.exec(String(headers["user-agent"] ?? "")) ?? [];
  const operation = operationOf(service, method, path, headers, body);
  const attempt = Number(/attempt=(\d+)/.exec(String(headers["amz-sdk-request"] ?? ""))?.[1] ?? 1);
  return { index, method, path, service, operation, caller, mutating: !READS.test(operation), attempt, body };
}

function operationOf(
  service: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): string {
  const target = headers["x-amz-target"];
  if (target !== undefined) return String(target).split(".").at(-1) ?? "";
  if (service === "s3") return s3Operation(method, new URL(path, "http://s3"));
  if (service === "lambda") return lambdaOperation(method, path);
  return new URLSearchParams(body.toString("utf8")).get("Action") ?? "Unknown";
}

/** Sub-resources of a bucket, as SDK operations call them. */
const SUB: Readonly<Record<string, string>> = {
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  encryption: "BucketEncryption",
  publicAccessBlock: "PublicAccessBlock",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  lifecycle: "BucketLifecycleConfiguration",
  notification: "BucketNotificationConfiguration",
};
const VERB: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete", HEAD: "Head", POST: "Post" };

function s3Operation(method: string, url: URL): string {
  const verb = VERB[method] ?? method;
  const [, , ...key] = url.pathname.split("/");
  if (key.join("/") !== "") {
    if (url.searchParams.has("tagging")) return `${verb}ObjectTagging`;
    if (url.searchParams.has("uploadId")) return method === "DELETE" ? "AbortMultipartUpload" : `${verb}MultipartPart`;
    return `${verb}Object`;
  }
  if (url.searchParams.has("versions")) return "ListObjectVersions";
  if (url.searchParams.has("uploads")) return "ListMultipartUploads";
  if (url.searchParams.has("delete")) return "DeleteObjects";
  const sub = Object.keys(SUB).find((name) => url.searchParams.has(name));
  if (sub) return `${verb}${SUB[sub]}`;
  if (method === "GET") return "ListObjectsV2";
  return method === "PUT" ? "CreateBucket" : `${verb}Bucket`;
}

const LAMBDA: readonly (readonly [RegExp, string])[] = [
  [/^POST .*\/functions\/?$/, "CreateFunction"],
  [/^GET .*\/functions\/?$/, "ListFunctions"],
  [/^POST .*\/policy$/, "AddPermission"],
  [/^GET .*\/policy$/, "GetPolicy"],
  [/^DELETE .*\/policy\//, "RemovePermission"],
  [/^PUT .*\/code$/, "UpdateFunctionCode"],
  [/^PUT .*\/configuration$/, "UpdateFunctionConfiguration"],
  [/^GET .*\/configuration$/, "GetFunctionConfiguration"],
  [/^PUT .*\/concurrency$/, "PutFunctionConcurrency"],
  [/^DELETE .*\/concurrency$/, "DeleteFunctionConcurrency"],
  [/^GET .*\/event-invoke-config$/, "GetFunctionEventInvokeConfig"],
  [/^PUT .*\/event-invoke-config$/, "PutFunctionEventInvokeConfig"],
  [/^DELETE .*\/event-invoke-config$/, "DeleteFunctionEventInvokeConfig"],
  [/^POST .*\/tags\//, "TagResource"],
  [/^DELETE .*\/tags\//, "UntagResource"],
  [/^GET .*\/tags\//, "ListTags"],
  [/^GET .*\/functions\/[^/]+$/, "GetFunction"],
  [/^DELETE .*\/functions\/[^/]+$/, "DeleteFunction"],
];

function lambdaOperation(method: string, path: string): string {
  const text = `${method} ${decodeURIComponent(path.split("?")[0] ?? "")}`;
  return LAMBDA.find(([pattern]) => pattern.test(text))?.[1] ?? "Unknown";
}

/** An error in the wire format of the call's service. Source: AWS's protocols as botocore reads them: JSON 1.0 and 1.1, REST-JSON, REST-XML, Query. */
export function refusalAnswer({ service, method }: Call, { status, code, message }: Refusal): Answer {
  if (["iam", "sns", "sts"].includes(service)) {
    const type = status < 500 ? "Sender" : "Receiver";
    return xml(
      status,
      "text/xml",
      `<ErrorResponse><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    );
  }
  if (service === "s3") {
    const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>r</RequestId></Error>`;
    return xml(status, "application/xml", method === "HEAD" ? "" : text);
  }
  const type = service === "dynamodb" ? `com.amazonaws.dynamodb.v20120810#${code}` : code;
  const json = JSON.stringify(
    service === "lambda" ? { Message: message } : { __type: type, Message: message, message },
  );
  const headers = {
    "content-type": `application/x-amz-json-1.${service === "dynamodb" ? "0" : "1"}`,
    ...(service === "lambda" ? { "x-amzn-errortype": code, "content-type": "application/json" } : {}),
  };
  return { status, headers, body: Buffer.from(json) };
}

const xml = (status: number, type: string, text: string): Answer => ({
  status,
  headers: { "content-type": type },
  body: Buffer.from(text),
});

/** The throttle of each service, by its own name. */
export function throttle({ service }: Call): Refusal {
  if (service === "s3") return { status: 503, code: "SlowDown", message: "Please reduce your request rate." };
  if (service === "lambda") return { status: 429, code: "TooManyRequestsException", message: "Rate Exceeded." };
  if (["iam", "sns", "sts"].includes(service)) return { status: 400, code: "Throttling", message: "Rate exceeded" };
  return { status: 400, code: "ThrottlingException", message: "Rate exceeded" };
}

/** AWS's own failure: often without any text. */
export const internal = ({ service }: Call): Refusal => ({
  status: 500,
  code: service === "s3" ? "InternalError" : service === "glue" ? "InternalServiceException" : "InternalFailure",
  message: "",
});
