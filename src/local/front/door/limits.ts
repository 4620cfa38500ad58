import type { IncomingMessage, Server } from "node:http";
import type { Clock } from "../../../clock/index.ts";
import type { RawHeaders } from "./headers.ts";
import { readBody } from "../wire.ts";
import { Refused } from "./refusals.ts";

const GIB = 1024 ** 3;
/** One object in one piece, or one part of a multipart upload. */
export const decodedLimit = 5 * GIB;
/** The same in chunks: at least 8 KiB each, with a signature of some 90 bytes. */
const WIRE_LIMIT = decodedLimit + decodedLimit / 64;
/** Lambda's own limit of a request: a zip of 50 MB in base64. */
const LAMBDA_LIMIT = 70_167_211;
const OTHERS_LIMIT = 32 * 1024 * 1024;

/** How large the body of a request may be; refuses one that says it is larger. */
export function bodyLimit(service: string, headers: RawHeaders): number {
  const limit =
    service === "s3" || service === "s3express" ? WIRE_LIMIT : service === "lambda" ? LAMBDA_LIMIT : OTHERS_LIMIT;
  if (Number(headers.get("content-length") ?? 0) > limit) throw new Refused("tooLarge");
  return limit;
}

/**
 * Bodies that are read whole before it is known who sent them: an access key is no secret, and a thousand such bodies
 * would fill the machine's memory. More than this at a time are told to come back, which every SDK does.
 */
export class UnprovedBodies {
  readonly #most: number;
  #bytes = 0;

  constructor(most = GIB / 2) {
    this.#most = most;
  }

  /** Reads one whole. */
  async read(request: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
    let mine = 0;
    try {
      return await readBody(request, limit, (length) => {
        mine += length;
        this.#bytes += length;
        if (this.#bytes > this.#most) throw new Refused("busy");
      });
    } finally {
      this.#bytes -= mine;
    }
  }
}

/** What is waited for, and for how long. */
export interface Patience {
  /** For all headers of a request, from the first byte of the connection on. */
  readonly headersMs: number;
  /** A body must bring `bodyBytes` in each of these spans, unless it is the emulator that does not take more. */
  readonly bodyMs: number;
  readonly bodyBytes: number;
  /** Nothing goes either way on a connection: longer than the longest synchronous Lambda. */
  readonly idleMs: number;
  /** Between two requests of a connection. */
  readonly keepAliveMs: number;
}

export const PATIENCE: Patience = {
  headersMs: 15_000,
  bodyMs: 20_000,
  bodyBytes: 256,
  idleMs: 16 * 60_000,
  keepAliveMs: 75_000,
};

/** Options of the HTTP server that follow from them. */
export const serverOptions = (patience: Patience): object => ({
  maxHeaderSize: 32 * 1024,
  headersTimeout: patience.headersMs,
  connectionsCheckingInterval: Math.min(1000, patience.headersMs),
  keepAliveTimeout: patience.keepAliveMs,
  // The whole of a request may take hours (5 GiB through a slow disk); a body that trickles is ended by `watchBody`.
  requestTimeout: 0,
  noDelay: true,
});

/** Bounds what the options do not: idle sockets, their number, requests that cannot be parsed (400 and an end). */
export function boundServer(server: Server, patience: Patience): void {
  server.timeout = patience.idleMs;
  server.maxConnections = 1024;
  // Counted by us: Node drops what is over its own limit without a word.
  server.maxHeadersCount = 0;
  server.on("clientError", (_, socket) => {
    // An answer that has begun must not get another one into it.
    const begun = "bytesWritten" in socket && socket.bytesWritten !== 0;
    if (begun || !socket.writable) socket.destroy();
    else socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  for (const event of ["connect", "upgrade"] as const) server.on(event, (_request, socket) => void socket.destroy());
}

/** Ends a request whose body trickles or stops half-way. */
export async function watchBody(
  request: IncomingMessage,
  clock: Clock,
  patience: Patience,
  onSlow: () => void,
): Promise<void> {
  const over = new AbortController();
  request.once("close", () => over.abort());
  request.once("end", () => over.abort());
  const head = request.socket.bytesRead;
  try {
    for (let before = head; ; before = request.socket.bytesRead) {
      await clock.sleep(patience.bodyMs, over.signal);
      // Who asks for leave to send waits for the emulator, which may be busy saving.
      if (request.headers.expect !== undefined && request.socket.bytesRead === head) continue;
      // What has come and is not taken: it is we (the emulator behind us) who are slow.
      const ours = request.readableLength > 0;
      if (!ours && request.socket.bytesRead - before < patience.bodyBytes) {
        onSlow();
        return;
      }
    }
  } catch {
    // The body has come, or its sender has gone.
  }
}
