import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { agentFor, hostOf } from "./behind.ts";
import { HeldBack, Refused, refusalFor, type BodyCheck } from "./door/index.ts";
import { AwsError } from "./errors.ts";
import { refuse } from "./refuse.ts";

/** Headers that belong to one connection (RFC 9110, 7.6.1); `Expect` is end to end and goes on. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "proxy-authenticate",
  "proxy-authorization",
]);
/** What the emulator would believe of anybody: these are not the caller's to say. Functions sign how deep they call each other. */
const NOT_THE_CALLERS =
  /^(x-forwarded-|forwarded$|x-ministack-(?!invoke-depth$)|x-localstack-|x-metriccare-|cookie$|origin$|access-control-)/;

/** Which service a request was signed for, and with which key: verified.py holds the emulator to it. */
const SIGNED_FOR = "X-Metriccare-Service";
const SIGNED_BY = "X-Metriccare-Key";

export interface PassOptions {
  readonly service?: string | undefined;
  readonly accessKeyId: string;
  /** The body, where it was read already. */
  readonly body?: Buffer | undefined;
  /** Judges a body that streams; wrong, it never arrives whole. */
  readonly check: BodyCheck;
  readonly limit: number;
  /** The emulator has done its work; the client does not know yet. */
  readonly answered?: (() => void) | undefined;
  log(line: string): void;
}

export interface Proxy {
  /** Streams one request to the emulator and the answer back: raw bytes, raw header names, Host untouched. */
  pass(request: IncomingMessage, response: ServerResponse, options: PassOptions): void;
  close(): void;
}

/** A pass-through to `emulatorUrl` on kept connections. */
export function proxyTo(emulatorUrl: string): Proxy {
  const base = new URL(hostOf(emulatorUrl));
  // Idle sockets are dropped before the emulator (5 s) does it: a request must not meet a closing connection.
  const agent = agentFor(emulatorUrl, { keepAlive: true, timeout: 3000, scheduling: "lifo", maxFreeSockets: 64 });

  const send = (request: IncomingMessage, response: ServerResponse, options: PassOptions, again: boolean): void => {
    const outgoing = httpRequest({
      agent,
      host: base.hostname,
      port: base.port,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request, options),
      maxHeaderSize: 128 * 1024,
    });
    let answered = false;
    outgoing.on("continue", () => response.writeContinue());
    outgoing.on("response", (answer) => {
      answered = true;
      options.answered?.();
      answer.on("error", () => response.destroy());
      relay(answer, request, response);
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (response.destroyed || response.writableEnded) return;
      const stale = outgoing.reusedSocket && error.code === "ECONNRESET" && !hasBody(request);
      if (stale && again && !answered) {
        send(request, response, options, false);
        return;
      }
      if (answered || response.headersSent) {
        response.destroy();
        return;
      }
      options.log(`emulator: ${request.method} ${request.url?.split("?")[0]}: ${error.message}`);
      request.unpipe();
      request.resume();
      const text = `The embedded AWS does not answer behind its front (${error.code ?? error.message}).`;
      refuse(request, response, options.service, new AwsError("ServiceUnavailable", text, 503));
    });
    // A client that goes away takes its request with it.
    response.on("close", () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    if (options.body !== undefined) outgoing.end(options.body);
    else if (hasBody(request)) {
      outgoing.flushHeaders();
      stream(request, response, outgoing, options);
    } else outgoing.end();
  };

  return { pass: (request, response, options) => send(request, response, options, true), close: () => agent.destroy() };
}

/** Streams a body on under its check; a wrong one is cut off and refused. */
function stream(
  request: IncomingMessage,
  response: ServerResponse,
  outgoing: ClientRequest,
  options: PassOptions,
): void {
  const held = new HeldBack(options.check, options.limit);
  held.on("error", (error) => {
    request.unpipe(held);
    request.resume();
    outgoing.destroy();
    const why = error instanceof Refused ? error : new Refused("badBody");
    refuse(request, response, options.service, refusalFor(why, options.service));
  });
  // A sender who was let go ends nothing by himself: his request has been answered, and a pipe does not tell.
  const { socket } = request;
  const gone = (): void => void outgoing.destroy();
  socket.once("close", gone);
  outgoing.once("close", () => socket.off("close", gone));
  request.pipe(held).pipe(outgoing);
}

/** Whether a body follows the headers. */
export const hasBody = (request: IncomingMessage): boolean =>
  request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;

/** Raw pairs in their own spelling, without what names this connection; and what the door has found out. */
function requestHeaders(request: IncomingMessage, { body, service, accessKeyId }: PassOptions): string[] {
  const kept = pairs(request.rawHeaders).filter(([raw]) => {
    const name = raw.toLowerCase();
    // Leave to send a body that has come already was given here. What `Connection` names the door has seen to.
    const over = body !== undefined && name === "expect";
    return !over && !HOP_BY_HOP.has(name) && !NOT_THE_CALLERS.test(name);
  });
  // A policy that denies plain http (aws:SecureTransport) must see what it would see on AWS.
  const verified = [SIGNED_FOR, service ?? "", SIGNED_BY, accessKeyId];
  return [...kept.flat(), "X-Forwarded-Proto", "https", ...verified];
}

function relay(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
  const named = listed(answer.headers.connection);
  let dates = 0;
  const kept = pairs(answer.rawHeaders).filter(([raw]) => {
    const name = raw.toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || name === "transfer-encoding") return false;
    // No page of another site is ever told that it may read an answer.
    if (name.startsWith("access-control-") || name === "timing-allow-origin") return false;
    // Two Date headers make the Java SDK v1 correct its clock at every call.
    return name !== "date" || ++dates === 1;
  });
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", kept.flat());
  if (request.method === "HEAD") response.flushHeaders();
  answer.pipe(response);
  answer.on("aborted", () => response.destroy());
}

const listed = (connection: string | undefined): Set<string> =>
  new Set((connection ?? "").split(",").map((name) => name.trim().toLowerCase()));

function pairs(raw: string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) found.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return found;
}
