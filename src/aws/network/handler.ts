import { Agent } from "node:https";
import type { SecureContext } from "node:tls";
import type { HttpHandlerOptions } from "@smithy/types";
import type { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { type Env, proxyFor } from "./proxy-rules.ts";

/** How long a line may take to open, and to stay silent. */
export interface Line {
  readonly connectionTimeout: number;
  readonly socketTimeout: number;
}

/**
 * The one way out for every call of a command, credential providers included: through the proxy that the environment
 * names for a host, and with the authorities of AWS_CA_BUNDLE. Loaded on its first request.
 */
export class NetworkHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #lines = new Map<string, Promise<NodeHttpHandler>>();
  #trust: { readonly context: SecureContext | undefined } | undefined;

  constructor(
    readonly env: Env,
    readonly line: Line,
  ) {}

  async handle(request: HttpRequest, options: HttpHandlerOptions = {}): Promise<{ response: HttpResponse }> {
    const { protocol, hostname, port } = request;
    const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
    const proxy = proxyFor(url, this.env);
    const line = await this.#line(proxy, protocol);
    const answered = await line.handle(request, options);
    // A plain request is answered by the proxy itself, where a tunnel tells the two apart.
    if (proxy !== undefined && protocol === "http:" && answered.response.statusCode === 407) {
      const { refusal } = await import("./tunnel.ts");
      throw refusal(proxy, 407, url.host);
    }
    return answered;
  }

  updateHttpClientConfig(): void {
    // The SDK's clients share this one: none of them changes it for the others.
  }

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {
    for (const line of this.#lines.values()) void line.then((made) => made.destroy());
  }

  #line(proxy: string | undefined, protocol: string): Promise<NodeHttpHandler> {
    const key = `${protocol} ${proxy ?? ""}`;
    const line = this.#lines.get(key) ?? this.#open(proxy, protocol === "https:");
    this.#lines.set(key, line);
    return line;
  }

  async #open(proxy: string | undefined, secure: boolean): Promise<NodeHttpHandler> {
    const { NodeHttpHandler } = await import("@smithy/node-http-handler");
    return new NodeHttpHandler({ ...this.line, ...(await this.#agents(proxy, secure)) });
  }

  async #agents(proxy: string | undefined, secure: boolean): Promise<object> {
    const trust = secure ? await this.#trusted() : undefined;
    if (proxy === undefined)
      return trust ? { httpsAgent: new Agent({ keepAlive: true, maxSockets: 50, secureContext: trust }) } : {};
    const { proxyUrl, Tunnel } = await import("./tunnel.ts");
    if (secure) return { httpsAgent: new Tunnel(proxy, trust) };
    const { HttpProxyAgent } = await import("http-proxy-agent");
    return { httpAgent: new HttpProxyAgent(proxyUrl(proxy), { keepAlive: true }) };
  }

  async #trusted(): Promise<SecureContext | undefined> {
    const { secureContext } = await import("./trust.ts");
    this.#trust ??= { context: secureContext(this.env) };
    return this.#trust.context;
  }
}
