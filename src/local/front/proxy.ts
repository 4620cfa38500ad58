import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { agentFor, hostOf } from "./behind.ts";
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

export interface PassOptions {
  service?: string | undefined;
  /** Sees the text of a small answer before the client has all of it. */
  watch?: ((answer: string) => void) | undefined;
  /** The emulator has done its work; the client does not know yet. */
  answered?: (() => void) | undefined;
  log(line: string): void;
}

export interface Proxy {
  /** Streams one request to the emulator and the answer back: raw bytes, raw header names, Host untouched. */
  pass(request: IncomingMessage, response: ServerResponse, options: PassOptions): void;
  close(): void;
}

/** Answers with keys in them are a few hundred bytes; nothing else is ever looked at. */
const LARGEST_WATCHED = 64 * 1024;

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
      headers: requestHeaders(request),
      maxHeaderSize: 128 * 1024,
    });
    let answered = false;
    outgoing.on("continue", () => response.writeContinue());
    outgoing.on("response", (answer) => {
      answered = true;
      options.answered?.();
      answer.on("error", () => response.destroy());
      relay(answer, request, response, options);
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
      request.unpipe(outgoing);
      request.resume();
      const text = `The embedded AWS does not answer behind its front (${error.code ?? error.message}).`;
      refuse(request, response, options.service, new AwsError("ServiceUnavailable", text, 503));
    });
    // A client that goes away takes its request with it.
    response.on("close", () => {
      if (!response.writableFinished) outgoing.destroy();
    });
    if (hasBody(request)) {
      outgoing.flushHeaders();
      request.pipe(outgoing);
    } else outgoing.end();
  };

  return { pass: (request, response, options) => send(request, response, options, true), close: () => agent.destroy() };
}

const hasBody = (request: IncomingMessage): boolean =>
  request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;

/** Raw pairs in their own spelling, without what names this connection; the one header added is X-Forwarded-Proto. */
function requestHeaders(request: IncomingMessage): string[] {
  const named = listed(request.headers.connection);
  const kept = pairs(request.rawHeaders).filter(
    ([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase()),
  );
  const proto = kept.some(([name]) => name.toLowerCase() === "x-forwarded-proto");
  // A policy that denies plain http (aws:SecureTransport) must see what it would see on AWS.
  return [...kept.flat(), ...(proto ? [] : ["X-Forwarded-Proto", "https"])];
}

function relay(
  answer: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
  options: PassOptions,
): void {
  const named = listed(answer.headers.connection);
  let dates = 0;
  const kept = pairs(answer.rawHeaders).filter(([raw]) => {
    const name = raw.toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name) || name === "transfer-encoding") return false;
    // Two Date headers make the Java SDK v1 correct its clock at every call.
    return name !== "date" || ++dates === 1;
  });
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", kept.flat());
  if (request.method === "HEAD") response.flushHeaders();
  if (options.watch) watchAnswer(answer, options.watch);
  answer.pipe(response);
  answer.on("aborted", () => response.destroy());
}

function watchAnswer(answer: IncomingMessage, watch: (text: string) => void): void {
  let text = "";
  answer.on("data", (part: Buffer) => {
    if (text.length > LARGEST_WATCHED) return;
    text += part.toString("latin1");
    watch(text);
  });
}

const listed = (connection: string | undefined): Set<string> =>
  new Set((connection ?? "").split(",").map((name) => name.trim().toLowerCase()));

function pairs(raw: string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) found.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  return found;
}
