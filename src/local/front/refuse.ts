import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AwsError } from "./errors.ts";
import { protocolOf } from "./protocols.ts";
import { sendError } from "./wire.ts";

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Refuses in the words of the service's own protocol, so that every SDK shows the code and the text. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  service: string | undefined,
  error: AwsError,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const id = randomUUID();
  const xml = (body: string): void => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
    response.writeHead(error.status, {
      "Content-Type": "application/xml",
      "Content-Length": Buffer.byteLength(text),
      "x-amz-request-id": id,
    });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  const inner = `<Code>${escape(error.code)}</Code><Message>${escape(error.message)}</Message>`;
  const protocol = protocolOf(service);
  if (protocol === "s3") {
    xml(`<Error>${inner}<RequestId>${id}</RequestId></Error>`);
  } else if (protocol === "query") {
    const fault = error.status < 500 ? "Sender" : "Receiver";
    xml(`<ErrorResponse><Error><Type>${fault}</Type>${inner}</Error><RequestId>${id}</RequestId></ErrorResponse>`);
  } else {
    if (protocol === "rest") response.setHeader("x-amzn-ErrorType", error.code);
    sendError(response, error, id);
  }
}
