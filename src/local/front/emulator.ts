import { Agent, request as httpRequest } from "node:http";
import { AwsError } from "./errors.ts";

export interface EmulatorAnswer {
  status: number;
  body: string;
}

/** What the front itself asks the emulator, as the account's root (`test`). Loopback only, so nothing leaves the machine. */
export interface Emulator {
  call(service: string, request: EmulatorRequest): Promise<EmulatorAnswer>;
  /** JSON 1.0/1.1 services; throws AwsError with the emulator's own code when it refuses. */
  json(service: string, target: string, input: object): Promise<Record<string, unknown>>;
  /** Query/XML services (IAM, STS, SNS). */
  query(service: string, params: Record<string, string>): Promise<string>;
  close(): void;
}

export interface EmulatorRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

const versions: Record<string, string> = { sts: "2011-06-15", iam: "2010-05-08", sns: "2010-03-31" };

/** `region` only fills the credential scope, by which emulators route. */
export function emulatorAt(url: string, region: string): Emulator {
  const agent = new Agent({ keepAlive: true, timeout: 3000, scheduling: "lifo" });
  const base = new URL(url);

  const call = (service: string, request: EmulatorRequest): Promise<EmulatorAnswer> =>
    new Promise((resolve, reject) => {
      const body = request.body ?? "";
      const outgoing = httpRequest(
        {
          agent,
          host: base.hostname,
          port: base.port,
          method: request.method,
          path: request.path,
          headers: {
            ...request.headers,
            authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
            "x-forwarded-proto": "https",
            "content-length": String(Buffer.byteLength(body)),
          },
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("error", reject);
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });

  return {
    call,
    async json(service, target, input) {
      const answer = await call(service, {
        method: "POST",
        path: "/",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
        body: JSON.stringify(input),
      });
      const body = JSON.parse(answer.body || "{}") as Record<string, unknown>;
      if (answer.status < 300) return body;
      const code = String(body["__type"] ?? "InternalFailure").replace(/^.*#/, "");
      throw new AwsError(code, String(body["message"] ?? body["Message"] ?? answer.body), answer.status);
    },
    async query(service, params) {
      const form = new URLSearchParams({ Version: versions[service] ?? "", ...params });
      const answer = await call(service, {
        method: "POST",
        path: "/",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
      });
      if (answer.status < 300) return answer.body;
      const code = answer.body.match(/<Code>([^<]*)<\/Code>/)?.[1] ?? "InternalFailure";
      throw new AwsError(code, answer.body.match(/<Message>([^<]*)<\/Message>/)?.[1] ?? answer.body, answer.status);
    },
    close: () => agent.destroy(),
  };
}
