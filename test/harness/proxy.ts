import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as a test wants to judge it. */
export interface Seen {
  readonly index: number;
  readonly method: string;
  readonly path: string;
  /** `glue`, `s3`: from the credential scope. */
  readonly service: string;
  readonly body: Buffer;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** A made-up answer, sent as it is. */
export interface Recorded {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Rule = (seen: Seen) => Refusal | Recorded | undefined;

export interface FaultProxy {
  readonly endpoint: string;
  /** Decides for each request how it is answered; undefined lets it through. Reset with `pass()`. */
  refuse(rule: Rule): void;
  pass(): void;
  /** Resolves once nothing has been under way for a moment: a read that failed early leaves calls behind. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export const DENIED: Refusal = {
  status: 403,
  code: "AccessDenied",
  message: "User is not authorized to perform this action",
};

/** A proxy before an emulator that can refuse calls in the wire format of each service. */
export async function startProxy(target: string): Promise<FaultProxy> {
  let rule: Rule = () => undefined;
  let count = 0;
  let open = 0;
  const server = createServer((incoming, outgoing) => {
    open += 1;
    outgoing.once("close", () => void (open -= 1));
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const body = Buffer.concat(parts);
      const seen = {
        index: count++,
        method: incoming.method ?? "GET",
        path: incoming.url ?? "/",
        service: /\/([a-z0-9-]+)\/aws4_request/.exec(incoming.headers.authorization ?? "")?.[1] ?? "",
        body,
      };
      const answer = rule(seen);
      if (!answer) forward(target, incoming, body, outgoing);
      else if ("body" in answer) outgoing.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
      else refuse(seen, answer, outgoing);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    refuse: (next) => {
      count = 0;
      rule = next;
    },
    pass: () => {
      rule = () => undefined;
    },
    quiet: async () => {
      for (let calm = 0; calm < 3; calm = open === 0 ? calm + 1 : 0) await sleep(10);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(target: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
  const url = new URL(incoming.url ?? "/", target);
  const onward = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  onward.end(body);
}

/** Source: the protocols of the clients (JSON for Glue, EventBridge, Logs, DynamoDB, tagging; REST-JSON for Lambda; XML for the rest). */
function refuse({ service, method }: Seen, { status, code, message }: Refusal, outgoing: ServerResponse): void {
  if (["iam", "sns", "sts"].includes(service)) {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    outgoing.writeHead(status, { "content-type": "text/xml" }).end(body);
  } else if (service === "s3") {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>r</RequestId></Error>`;
    outgoing.writeHead(status, { "content-type": "application/xml" }).end(method === "HEAD" ? undefined : body);
  } else {
    const name = code.endsWith("Exception") ? code : `${code}Exception`;
    const body = JSON.stringify({ __type: name, Message: message, message });
    outgoing.writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": name }).end(body);
  }
}
