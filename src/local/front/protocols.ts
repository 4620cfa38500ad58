/** Services that are asked by a form with an `Action` and answer in XML. */
const XML_QUERY = [
  "iam",
  "sts",
  "sns",
  "monitoring",
  "cloudformation",
  "ec2",
  "rds",
  "redshift",
  "elasticloadbalancing",
  "autoscaling",
  "elasticache",
  "ses",
] as const;
const XML_SERVICES: ReadonlySet<string> = new Set(XML_QUERY);
const REST_JSON: ReadonlySet<string> = new Set(["lambda", "scheduler", "apigateway", "kafka", "eks", "batch"]);

/** Services whose older or newer protocol knows no target: a form with an `Action`, or CBOR under `/service/`. */
export const FORMS: ReadonlySet<string> = new Set([...XML_QUERY, "sqs", "events"]);

/** How a service speaks: errors look different in each. */
export function protocolOf(service: string | undefined): "s3" | "query" | "rest" | "json" {
  if (service === undefined || service === "s3" || service === "s3express") return "s3";
  if (XML_SERVICES.has(service)) return "query";
  return REST_JSON.has(service) ? "rest" : "json";
}
