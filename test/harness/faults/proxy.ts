import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Call, callOf, type Refusal, refusalAnswer } from "./wire.ts";

export type { Answer, Call, Refusal } from "./wire.ts";

/** What happens to a call instead of what it asks for. */
export type Fault =
  | { readonly kind: "refuse"; readonly with: Refusal }
  /** A made-up answer: what the emulator does not know is done here. */
  | { readonly kind: "answer"; readonly with: Answer }
  /** The connection breaks before the call arrives. */
  | { readonly kind: "reset" }
  /** The call is carried out, and its answer gets lost. */
  | { readonly kind: "lost"; readonly done?: () => void }
  /** The call is carried out, and the connection breaks in the middle of its answer. */
  | { readonly kind: "half"; readonly done?: () => void }
  /** The call arrives, and nothing ever comes back; the connection stays open. */
  | { readonly kind: "silence" }
  /** The call is carried out, and answered as if it had failed. */
  | { readonly kind: "lie"; readonly with: Refusal };

/** One way in which AWS, or the network, is not as simple as an emulator. Rules compose: the first that strikes wins. */
export interface Rule {
  readonly name: string;
  before?(call: Call, ask: Ask): Fault | undefined | Promise<Fault | undefined>;
  /** Calls with the same key reach the emulator one after the other. */
  serial?(call: Call): string | undefined;
  /** Decides when the call is dealt with at all, by this rule and every other. */
  around?(call: Call, work: () => Promise<void>): Promise<void>;
  /** Sees (and may replace) the emulator's answer. */
  after?(call: Call, answer: Answer, ask: Ask): Answer | undefined | Promise<Answer | undefined>;
}

/** A call of the proxy's own, with the credentials and protocol of the one it is answering. */
export type Ask = (
  changes: { readonly method?: string; readonly path?: string; readonly target?: string },
  body?: unknown,
) => Promise<Answer>;

/** What came by: for judging afterwards who changed what, and when. */
export interface Logged {
  readonly call: Call;
  readonly startedAt: number;
  endedAt: number;
  status: number;
  /** The rule that struck. */
  struck?: string;
}

/** A proxy between the CLI and an emulator that behaves as badly as AWS and the network can. */
export class FaultProxy {
  readonly log: Logged[] = [];
  /** How often each rule has struck. */
  readonly struck = new Map<string, number>();
  #rules: readonly Rule[] = [];
  readonly #turns = new Map<string, Promise<unknown>>();
  #server: Server | undefined;
  #port = 0;
  #open = 0;
  #index = 0;

  constructor(public target: string) {}

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Replaces all rules and counts calls anew. */
  use(...rules: readonly Rule[]): void {
    this.#rules = rules;
    this.#index = 0;
    this.log.length = 0;
    this.struck.clear();
  }

  /** Calls since the last `use`. */
  get calls(): number {
    return this.#index;
  }

  /** Calls that changed something, or may have. */
  get changes(): readonly Logged[] {
    return this.log.filter(({ call }) => call.mutating);
  }

  async up(): Promise<void> {
    const server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    const address = server.address();
    this.#port = typeof address === "object" && address ? address.port : 0;
    this.#server = server;
  }

  /** The network is gone: nobody listens any more, and what was open breaks. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Resolves once nothing has been under way for a moment: a caller that was killed leaves calls behind. */
  async quiet(): Promise<void> {
    for (let calm = 0; calm < 5; calm = this.#open === 0 ? calm + 1 : 0) await sleep(10);
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.#open += 1;
    try {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      this.#index += 1;
      const call = callOf(this.#index, incoming.method ?? "GET", incoming.url ?? "/", incoming.headers, body);
      const entry: Logged = { call, startedAt: Date.now(), endedAt: 0, status: 0 };
      this.log.push(entry);
      const answer = (): Promise<void> => this.#answer(call, incoming, outgoing, entry);
      const around = this.#rules.find((rule) => rule.around);
      await (around?.around ? around.around(call, answer) : answer());
      entry.endedAt = Date.now();
    } catch {
      // The caller was killed, or the emulator broke off: either way there is nobody to tell.
      outgoing.destroy();
    } finally {
      this.#open -= 1;
    }
  }

  /** Waits for the calls before it that a rule wants in a row with it. */
  async #inTurn<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const key = this.#rules.map((rule) => rule.serial?.(call)).find((found) => found !== undefined);
    if (key === undefined) return work();
    const mine = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(
      key,
      mine.catch(() => undefined),
    );
    return mine;
  }

  async #answer(call: Call, incoming: IncomingMessage, outgoing: ServerResponse, entry: Logged): Promise<void> {
    const rules = this.#rules;
    const ask = asker(this.target, incoming);
    const found = await firstFault(rules, call, ask);
    if (found) {
      entry.struck = found.rule.name;
      this.struck.set(found.rule.name, (this.struck.get(found.rule.name) ?? 0) + 1);
    }
    const fault = found?.fault;
    if (fault?.kind === "reset") {
      incoming.socket.resetAndDestroy();
      return;
    }
    // Nobody answers any more; the connection ends with its caller.
    if (fault?.kind === "silence") return;
    if (fault?.kind === "refuse") return send(refusalAnswer(call, fault.with), outgoing, entry);
    let answer =
      fault?.kind === "answer" ? fault.with : await this.#inTurn(call, () => forward(this.target, call, incoming));
    for (const rule of rules) answer = (await rule.after?.(call, answer, ask)) ?? answer;
    entry.status = answer.status;
    if (fault?.kind === "lost") {
      incoming.socket.resetAndDestroy();
      fault.done?.();
      return;
    }
    if (fault?.kind === "half") {
      sendHalf(answer, incoming);
      fault.done?.();
      return;
    }
    if (fault?.kind === "lie") return send(refusalAnswer(call, fault.with), outgoing, entry);
    send(answer, outgoing, entry);
  }
}

async function firstFault(
  rules: readonly Rule[],
  call: Call,
  ask: Ask,
): Promise<{ rule: Rule; fault: Fault } | undefined> {
  for (const rule of rules) {
    const fault = await rule.before?.(call, ask);
    if (fault) return { rule, fault };
  }
  return undefined;
}

function send(answer: Answer, outgoing: ServerResponse, entry: Logged): void {
  entry.status = answer.status;
  // The answer to a HEAD says the length of a body that it does not have.
  outgoing.writeHead(answer.status, { "content-length": String(answer.body.length), ...answer.headers });
  outgoing.end(answer.body);
}

/** Status, headers and half of the body; of an answer without a body half of its head. */
function sendHalf({ status, body }: Answer, { socket }: IncomingMessage): void {
  const head = `HTTP/1.1 ${status} ${status < 300 ? "OK" : "Error"}\r\ncontent-length: ${body.length}\r\n`;
  const half = body.length > 0 ? Buffer.concat([Buffer.from(`${head}\r\n`), body.subarray(0, body.length / 2)]) : head;
  socket.write(half, () => socket.destroy());
}

const forward = (target: string, call: Call, incoming: IncomingMessage): Promise<Answer> =>
  exchange(target, call.method, call.path, headersOf(incoming), call.body);

const asker =
  (target: string, incoming: IncomingMessage): Ask =>
  ({ method, path, target: operation }, body) => {
    const { "content-length": _, ...headers } = headersOf(incoming);
    const type = headers["x-amz-target"]?.split(".")[0];
    const bytes =
      body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return exchange(
      target,
      method ?? incoming.method ?? "GET",
      path ?? incoming.url ?? "/",
      { ...headers, ...(operation && type ? { "x-amz-target": `${type}.${operation}` } : {}) },
      bytes,
    );
  };

const headersOf = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined || /^(connection|transfer-encoding|expect)$/.test(name)
        ? []
        : [[name, String(value)] as const],
    ),
  );

function exchange(
  target: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, "content-length": String(body.length) };
    const onward = request(new URL(path, target), { method, headers: all }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          status: answer.statusCode ?? 502,
          headers: kept(answer, method === "HEAD"),
          body: Buffer.concat(parts),
        }),
      );
    });
    onward.on("error", reject);
    onward.end(body);
  });
}

const kept = (answer: IncomingMessage, head: boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(answer.headers).flatMap(([name, value]) =>
      value === undefined ||
      /^(connection|transfer-encoding|keep-alive)$/.test(name) ||
      (name === "content-length" && !head)
        ? []
        : [[name, String(value)] as const],
    ),
  );

/** Starts a proxy on a free port. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.up();
  return proxy;
}
