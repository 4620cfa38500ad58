import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { AwsError } from "./errors.ts";

/** What the SDK types call `Date` is a number of seconds, with a fraction, in Glue's JSON 1.1. */
export type Wire<T> = T extends Date
  ? number
  : T extends readonly (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export type Json = Record<string, unknown>;

/** Glue's requests are small; more than this is a mistake or an attack. */
const LARGEST_BODY = 32 * 1024 * 1024;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the whole body of a request that this process answers itself; `onPart` hears of each part's length. */
export async function readBody(
  request: AsyncIterable<Buffer>,
  limit = LARGEST_BODY,
  onPart: (length: number) => void = () => undefined,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    onPart(part.length);
    size += part.length;
    if (size > limit) throw new AwsError("RequestEntityTooLargeException", "Request size limit exceeded");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Parses a JSON 1.1 request; an empty body is an empty structure, as on AWS. */
export function parseJson(body: Buffer): Json {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid JSON");
  }
  if (!isObject(value))
    throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
  return value;
}

/** Sends a JSON 1.1 answer; undefined members are left out. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  requestId: string = randomUUID(),
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "Content-Type": "application/x-amz-json-1.1",
    "Content-Length": Buffer.byteLength(text),
    "x-amzn-RequestId": requestId,
  });
  response.end(text);
}

/** Glue spells the text `Message`; older SDKs look for `message`. */
export function sendError(response: ServerResponse, error: AwsError, requestId?: string): void {
  sendJson(response, error.status, { __type: error.code, Message: error.message, message: error.message }, requestId);
}
