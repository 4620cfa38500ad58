import { Agent, request as httpRequest, type AgentOptions } from "node:http";
import { connect, type Socket } from "node:net";

/** What is said to the emulator, and what it answers. */
export interface EmulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface EmulatorAnswer {
  readonly status: number;
  readonly body: string;
  /** The same as bytes. */
  readonly bytes: Buffer;
}

const SOCKET = "unix:";

/** The address of an emulator that listens on a socket file, which nobody but its owner can open, and no web page at all. */
export const socketUrl = (file: string): string => `${SOCKET}${file}`;

/** The host to name to an agent of `agentFor`. */
export const hostOf = (url: string): string => (url.startsWith(SOCKET) ? "http://127.0.0.1" : url);

/** Connections to the emulator at `http://…` or behind a socket file. */
export function agentFor(url: string, options: AgentOptions): Agent {
  return url.startsWith(SOCKET) ? new SocketAgent(url.slice(SOCKET.length), options) : new Agent(options);
}

class SocketAgent extends Agent {
  readonly #file: string;

  constructor(file: string, options: AgentOptions) {
    super(options);
    this.#file = file;
  }

  override createConnection(): Socket {
    return connect(this.#file);
  }
}

/** One small request on `agent`, its answer read whole. */
export function ask(agent: Agent, url: string, request: EmulatorRequest): Promise<EmulatorAnswer> {
  const { hostname: host, port } = new URL(hostOf(url));
  const { method, path, body = "" } = request;
  const headers = { ...request.headers, "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ agent, host, port, method, path, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: answer.statusCode ?? 0, body: bytes.toString("utf8"), bytes });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
