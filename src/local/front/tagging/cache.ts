import type { IncomingMessage } from "node:http";
import type { Clock } from "../../../clock/index.ts";
import type { Tagged, TagSource } from "./source.ts";

/** Changes that no request through the front made (the emulator's own doings) show after this. */
const LONGEST_MS = 2_000;

interface Entry {
  readonly read: Promise<Tagged[]>;
  readonly version: number;
  readonly at: number;
}

/**
 * One read of a service serves every tag search until somebody writes to that service. Each write counts twice, when it
 * comes and when it is answered: a read that began in between may have missed it and is not kept.
 */
export class TagCache {
  readonly #entries = new Map<string, Entry>();
  readonly #versions = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  touch(service: string | undefined): void {
    const touched = service === undefined ? [...this.#entries.keys()] : [service];
    for (const each of touched) this.#versions.set(each, this.#version(each) + 1);
  }

  read(source: TagSource): Promise<Tagged[]> {
    if (source.own) return source.list();
    const version = this.#version(source.service);
    const entry = this.#entries.get(source.service);
    if (entry?.version === version && this.#clock.now() - entry.at < LONGEST_MS) return entry.read;
    const read = source.list();
    this.#entries.set(source.service, { read, version, at: this.#clock.now() });
    // A failed read is told to who asked and not kept.
    read.catch(() => {
      if (this.#entries.get(source.service)?.read === read) this.#entries.delete(source.service);
    });
    return read;
  }

  #version(service: string): number {
    return this.#versions.get(service) ?? 0;
  }
}

/** Operations on contents, which change no resource and no tag: the bulk of what passes. */
const DATA =
  /^(Get|List|Describe|Query|Scan|BatchGet|BatchWrite|PutItem|UpdateItem|DeleteItem|Transact|PutEvents|PutLogEvents|CreateLogStream|Filter|Start|Send|Receive|ChangeMessage|DeleteMessage|Test|Encrypt|Decrypt|Generate)/;

/** Whether a passing request may change resources or their tags. When in doubt it may. */
export function mayChangeTags(
  service: string | undefined,
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return !DATA.test(target.slice(target.lastIndexOf(".") + 1));
  const path = (request.url ?? "").split("?")[0] ?? "";
  if (service === "lambda") return !path.endsWith("/invocations");
  // `/bucket/key` in path style is an object. In host style it cannot be told.
  if (service === "s3" && /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ""))
    return !/^\/[^/]+\/./.test(path);
  return true;
}
