import type { IncomingMessage } from "node:http";

/** What a request says about its signer: enough to route it and to judge its key. */
export interface Signer {
  accessKeyId?: string;
  service?: string;
}

/** The credential scope of SigV4 (`key/date/region/service/aws4_request`) and SigV4a (no region), header or presigned. */
export function signerOf(request: Pick<IncomingMessage, "headers" | "url">): Signer {
  const header = request.headers.authorization;
  const inHeader = header?.match(/Credential=([^,\s]+)/)?.[1];
  if (inHeader) return fromScope(inHeader);
  const old = header?.match(/^AWS ([^:\s]+):/)?.[1];
  if (old) return { accessKeyId: old, service: "s3" };
  return fromQuery(request.url ?? "");
}

function fromQuery(url: string): Signer {
  const start = url.indexOf("?");
  if (start < 0) return {};
  const query = new URLSearchParams(url.slice(start + 1));
  const scope = query.get("X-Amz-Credential") ?? query.get("x-amz-credential");
  if (scope) return fromScope(scope);
  const old = query.get("AWSAccessKeyId");
  return old ? { accessKeyId: old, service: "s3" } : {};
}

function fromScope(scope: string): Signer {
  const parts = scope.split("/");
  return { accessKeyId: parts[0], service: parts.at(-2) };
}

/** Long-term and temporary keys of real AWS accounts begin like this. */
export const looksReal = (key: string): boolean => /^(AKIA|ASIA)[A-Z0-9]{8,}$/.test(key);

export interface KnownKeys {
  has(key: string): boolean;
  add(key: string): void;
}

/**
 * A mistyped profile must not reach the embedded AWS with real keys. Keys that look real pass only when they were minted
 * here: seen in an answer of IAM or STS that passed by, vouched for by `ask`, or known to the emulator itself.
 */
export class KeyGuard {
  private readonly known: KnownKeys;
  private readonly ask: (key: string) => Promise<boolean>;
  private readonly asking = new Map<string, Promise<boolean>>();

  constructor(known: KnownKeys, ask: (key: string) => Promise<boolean>) {
    this.known = known;
    this.ask = ask;
  }

  /** Learns the keys in an answer of IAM or STS (XML or JSON). */
  learn(answer: string): void {
    for (const [, key] of answer.matchAll(/AccessKeyId(?:>|"\s*:\s*")([A-Z0-9]{16,40})/g)) {
      if (key && looksReal(key) && !this.known.has(key)) this.known.add(key);
    }
  }

  /** True at once for keys that cannot be real. A refusal is not remembered: the key may be minted a moment later. */
  async allows(key: string | undefined): Promise<boolean> {
    if (!key || !looksReal(key) || this.known.has(key)) return true;
    let question = this.asking.get(key);
    if (!question) {
      question = this.ask(key).finally(() => this.asking.delete(key));
      this.asking.set(key, question);
    }
    const right = await question;
    if (right) this.known.add(key);
    return right;
  }
}
