import type { IncomingHttpHeaders } from "node:http";
import type { SecureContext } from "node:tls";
import { HttpsProxyAgent } from "https-proxy-agent";
import { systemClock } from "../../clock/index.ts";
import { Told } from "../told.ts";
import { UNTRUSTED } from "../wire-error.ts";
import { shownProxy } from "./proxy-rules.ts";

/** A proxy that takes the connection and says nothing: told before the SDK gives up on the whole line. */
const SILENCE_MS = 10_000;

/** What a proxy's refusal means. Its page is not shown: nobody knows what is on it. */
export function refusal(proxy: string, status: number | undefined, host: string): Told {
  const at = `the proxy ${shownProxy(proxy)}`;
  if (status === 407)
    return new Told(
      "proxy_authentication",
      `${at} wants a user and a password, and does not take those it was given (407)`,
      "Put them into HTTPS_PROXY (http://user:password@host:port, special characters percent-encoded), or ask the network team for a proxy that lets this machine through.",
    );
  return new Told(
    "proxy_refused",
    `${at} refuses to connect to ${host} (${status ?? "no status"})`,
    `Ask the network team to allow ${host}, or list it in NO_PROXY when it can be reached directly.`,
  );
}

/** Nobody, or nothing that speaks HTTP, where the proxy should be. */
export function unreachable(proxy: string, error: unknown): Told {
  const name = error instanceof Error && "code" in error ? String(error.code) : "";
  const code = name === "" ? "" : ` (${name})`;
  if (UNTRUSTED.test(name))
    return new Told(
      "certificate_untrusted",
      `the certificate of the proxy ${shownProxy(proxy)} is not trusted${code}`,
      "Set AWS_CA_BUNDLE to a PEM file with the certificates of your organisation's authority.",
      "unreachable",
      { cause: error },
    );
  return new Told(
    "proxy_unreachable",
    `nobody answers at the proxy ${shownProxy(proxy)}${code}`,
    "Check HTTPS_PROXY and HTTP_PROXY, or unset them where no proxy is needed.",
    "unreachable",
    { cause: error },
  );
}

/** The proxy as a URL of a kind that we speak. */
export function proxyUrl(proxy: string): URL {
  const fix = "Set HTTPS_PROXY to http://host:port (or https://…, with user:password@ where the proxy wants them).";
  let url: URL;
  try {
    url = new URL(proxy);
    decodeURIComponent(url.username + url.password);
  } catch {
    throw new Told("proxy_invalid", "HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy", fix);
  }
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new Told("proxy_invalid", `a proxy of the kind ${url.protocol.slice(0, -1)} is not supported`, fix);
}

type Connect = HttpsProxyAgent<string>["connect"];

/** A CONNECT tunnel whose failures are the proxy's, and not taken for answers of AWS. */
export class Tunnel extends HttpsProxyAgent<string> {
  constructor(
    readonly given: string,
    readonly trust: SecureContext | undefined,
  ) {
    // The private authority also signs the proxy's own certificate (https://proxy).
    super(proxyUrl(given), { keepAlive: true, maxSockets: 50, ...(trust ? { secureContext: trust } : {}) });
  }

  /** Only TLS goes through here. The library guesses it from the stack, wrongly when a connection comes back to be used again. */
  override isSecureEndpoint(): boolean {
    return true;
  }

  override async connect(...[request, asked]: Parameters<Connect>): ReturnType<Connect> {
    // The library takes its own options for the proxy alone: what is behind it is told here what to trust.
    const options = this.trust ? { ...asked, secureContext: this.trust } : asked;
    let status: number | undefined;
    const told = (answer: { statusCode: number; headers: IncomingHttpHeaders }): void => {
      status = answer.statusCode;
    };
    request.once("proxyConnect", told);
    const over = new AbortController();
    try {
      const silent = systemClock.sleep(SILENCE_MS, over.signal).then(() => {
        throw new Error("it took the connection and said nothing");
      });
      // Aborted below: nobody waits for it then.
      silent.catch(() => undefined);
      const socket = await Promise.race([super.connect(request, options), silent]);
      if (status === 200) return socket;
      socket.destroy();
    } catch (error) {
      throw unreachable(this.given, error);
    } finally {
      over.abort();
    }
    throw refusal(this.given, status, `${options.host ?? ""}:${options.port ?? ""}`);
  }
}
