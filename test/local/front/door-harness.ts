import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { connect } from "node:net";
import { signed, type ToSign } from "../../harness/sign.ts";
import { frontHarness, KEYS, type FrontHarness } from "./harness.ts";
import type { FrontOptions } from "../../../src/local/front/index.ts";

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  /** AWS's code, from XML or JSON. */
  code: string;
}

export interface Raw {
  method?: string;
  path: string;
  /** Pairs, in their order and spelling. */
  headers: [string, string][];
  body?: Buffer | string | undefined;
}

/** A front before a server that answers everything, and remembers which requests came whole. */
export class Door {
  readonly whole: { method: string; url: string; body: Buffer }[] = [];
  /** Requests that are begun and neither whole nor gone. */
  open = 0;
  /** How long who asks for leave to send is kept waiting. */
  leaveMs = 0;
  readonly #behind: Server;
  #front: FrontHarness | undefined;

  constructor() {
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.open += 1;
      request.once("close", () => (this.open -= 1));
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        this.whole.push({ method: request.method ?? "", url: request.url ?? "", body: Buffer.concat(parts) });
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("access-control-expose-headers", "ETag");
        response.end("let in");
      });
    };
    this.#behind = createServer(answer);
    this.#behind.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      setTimeout(() => {
        response.writeContinue();
        answer(request, response);
      }, this.leaveMs);
    });
  }

  static async make(options: Partial<FrontOptions> = {}): Promise<Door> {
    const door = new Door();
    await new Promise<void>((done) => door.#behind.listen(0, "127.0.0.1", done));
    const address = door.#behind.address();
    const port = typeof address === "object" ? address?.port : 0;
    door.#front = await frontHarness({ emulatorUrl: `http://127.0.0.1:${port}`, ...options });
    return door;
  }

  get url(): string {
    return this.#front?.front.url ?? "";
  }

  get port(): number {
    return this.#front?.front.port ?? 0;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await this.#front?.close();
    this.#behind.closeAllConnections();
    this.#behind.close();
  }

  /** A request that is signed right; what is in `change` is put over it afterwards. */
  async knock(
    to: Partial<ToSign> & { path?: string },
    change: Partial<Raw> & { set?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { path = "/bucket/key", ...rest } = to;
    const done = await signed({ url: `${this.url}${path}`, keys: KEYS, ...rest });
    const url = new URL(done.url);
    const headers = { ...done.headers, ...change.set };
    return this.send({
      method: change.method ?? done.method,
      path: change.path ?? `${url.pathname}${url.search}`,
      headers: change.headers ?? Object.entries(headers),
      body: change.body ?? done.body,
    });
  }

  /** Sends a request as it is. */
  send({ method = "GET", path, headers, body = "" }: Raw): Promise<Answer> {
    const named = headers.some(([name]) => name.toLowerCase() === "host") ? headers : [["host", this.host], ...headers];
    const length = Buffer.byteLength(body);
    const framed = named.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name ?? ""));
    const raw = [...named.flat(), ...(length > 0 && !framed ? ["content-length", String(length)] : [])];
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({ host: "127.0.0.1", port: this.port, method, path, headers: raw, agent: false });
      outgoing.on("response", (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const code = /<Code>([^<]*)</.exec(text)?.[1] ?? /"__type":"([^"]*)"/.exec(text)?.[1] ?? "";
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  /** Opens a socket and says these things; resolves with what came back when the other side has closed it. */
  talk(...says: (string | number)[]): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1");
      let heard = "";
      socket.on("data", (part) => (heard += part.toString("latin1")));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(heard));
      void (async () => {
        for (const say of says) {
          if (typeof say === "string") socket.write(say);
          else await new Promise((next) => setTimeout(next, say));
        }
      })();
    });
  }
}
