import { readFileSync } from "node:fs";
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTls } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";

const certificates = join(import.meta.dirname, "certificates");
const pem = (name: string): string => readFileSync(join(certificates, name), "utf8");

/** The certificate of the private authority: what AWS_CA_BUNDLE names in these tests. */
export const AUTHORITY = join(certificates, "authority.pem");
/** A name that no resolver knows: whoever reaches it came through the proxy. */
export const AWS_HOST = "aws.metriccare.test";

/** A hospital's network: nothing gets out but by CONNECT through its proxy, and what is behind it shows a private certificate. */
export interface Corporate {
  readonly proxy: string;
  readonly port: number;
  /** `host:port` of every CONNECT, in order. */
  readonly tunnels: string[];
  /** `METHOD host path` of every request that came out of a tunnel. */
  readonly requests: string[];
  /** Asks for this user and password from now on. */
  authorization: string | undefined;
  /** Refuses every tunnel with this status from now on. */
  refuse: number | undefined;
  stop(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const listening = (server: Server): Promise<number> =>
  new Promise((done) => server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)));

const text = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  return body;
};

const admitted = ({ authorization }: Corporate, request: IncomingMessage): boolean =>
  authorization === undefined ||
  request.headers["proxy-authorization"] === `Basic ${Buffer.from(authorization).toString("base64")}`;

/** Starts proxy and fake AWS; `answer` is what every host behind the proxy says. */
export async function corporate(answer: Answer): Promise<Corporate> {
  const open = new Set<Socket>();
  const tunnels: string[] = [];
  const requests: string[] = [];
  const aws = createTls({ key: pem("server.key"), cert: pem("server.pem") }, (request, response) => {
    requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    void (relays.has(answer) ? Promise.resolve("") : text(request)).then((body) => answer(request, response, body));
  });
  // A connection is not taken away from under a client that is about to use it again.
  aws.keepAliveTimeout = 60_000;
  const awsPort = await listening(aws);
  // What has no TLS is asked of the proxy itself, with the whole URL.
  const proxy = createServer((request, response) => {
    const status = self.refuse ?? (admitted(self, request) ? undefined : 407);
    requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    if (status === undefined) void text(request).then((body) => answer(request, response, body));
    else response.writeHead(status, { "content-type": "text/html" }).end("<p>secret</p>");
  });
  proxy.on("connect", (request, socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    tunnels.push(request.url ?? "");
    const status = self.refuse ?? (admitted(self, request) ? undefined : 407);
    if (status !== undefined) {
      socket.end(
        `HTTP/1.1 ${status} No\r\nproxy-authenticate: Basic realm="corp"\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<p>secret</p>`,
      );
      return;
    }
    const up = connect(awsPort, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
    open.add(up);
    up.on("error", () => socket.destroy()).on("close", () => open.delete(up));
    up.pipe(socket).pipe(up);
  });
  const port = await listening(proxy);
  const self: Corporate = {
    proxy: `http://127.0.0.1:${port}`,
    port,
    tunnels,
    requests,
    authorization: undefined,
    refuse: undefined,
    stop: async () => {
      for (const socket of open) socket.destroy();
      aws.closeAllConnections();
      await Promise.all([aws, proxy].map((server) => new Promise((done) => server.close(done))));
    },
  };
  return self;
}

const relays = new WeakSet<Answer>();

/** Hands everything to an emulator at `endpoint`; a bucket in the host name goes into the path, as the emulator knows it. */
export function relay(endpoint: string): Answer {
  const { hostname, port } = new URL(endpoint);
  const answer: Answer = (request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    const bucket = host.endsWith(`.${AWS_HOST}`) ? `/${host.slice(0, -AWS_HOST.length - 1)}` : "";
    const path = `${bucket}${request.url}`.replace(/^(\/[^/?]+)\/(?=\?|$)/, "$1");
    const headers = { ...request.headers, host: `${hostname}:${port}` };
    const up = ask({ hostname, port, path, method: request.method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    up.on("error", () => response.destroy());
    request.pipe(up);
  };
  relays.add(answer);
  return answer;
}
