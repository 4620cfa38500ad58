import { agentFor, ask, type EmulatorAnswer, type EmulatorRequest } from "./behind.ts";
import { AwsError } from "./errors.ts";

/** What the front itself asks the emulator, as the account's root (`test`). Nothing leaves the machine. */
export interface Emulator {
  call(service: string, request: EmulatorRequest): Promise<EmulatorAnswer>;
  /** JSON 1.0/1.1 services; throws AwsError with the emulator's own code when it refuses. */
  json(service: string, target: string, input: object): Promise<Record<string, unknown>>;
  /** Query/XML services (IAM, STS, SNS). */
  query(service: string, params: Record<string, string>): Promise<string>;
  close(): void;
}

const versions: Record<string, string> = { sts: "2011-06-15", iam: "2010-05-08", sns: "2010-03-31" };

/** `region` only fills the credential scope, by which emulators route. */
export function emulatorAt(url: string, region: string): Emulator {
  const agent = agentFor(url, { keepAlive: true, timeout: 3000, scheduling: "lifo" });
  const scope = (service: string): string => `test/20260101/${region}/${service}/aws4_request`;

  const call = (service: string, request: EmulatorRequest): Promise<EmulatorAnswer> => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope(service)}, SignedHeaders=host, Signature=0`;
    return ask(agent, url, {
      ...request,
      headers: { ...request.headers, authorization, "x-forwarded-proto": "https" },
    });
  };

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
