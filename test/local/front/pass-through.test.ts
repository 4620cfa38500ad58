import { createHash, randomBytes } from "node:crypto";
import { createServer, request, type IncomingMessage, type RequestOptions, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { signed } from "../../harness/sign.ts";
import { frontHarness, glueModel, KEYS, type FrontHarness } from "./harness.ts";

interface Called extends RequestOptions {
  headers?: Record<string, string>;
  /** Scope of the signature; S3's, with a body that is not signed, when there is none. */
  service?: string;
}

/** What the emulator behind saw. */
interface Seen {
  method: string | undefined;
  url: string | undefined;
  raw: string[];
  hash?: string;
  aborted?: boolean;
}

describe.skipIf(!glueModel)("pass-through (needs botocore's Glue model to start a front)", () => {
  let h: FrontHarness;
  let behind: Server;
  const seen: Seen[] = [];

  beforeAll(async () => {
    behind = createServer((incoming, answer) => {
      const record: Seen = { method: incoming.method, url: incoming.url, raw: incoming.rawHeaders };
      seen.push(record);
      incoming.on("close", () => {
        record.aborted = !incoming.complete;
      });
      if (incoming.url?.startsWith("/slow")) return;
      const hash = createHash("sha256");
      incoming.on("data", (part: Buffer) => hash.update(part));
      incoming.on("end", () => {
        record.hash = hash.digest("hex");
        answer.sendDate = false;
        answer.writeHead(200, "Fine", [
          "X-Amz-MiXed",
          "yes",
          "Date",
          "Mon, 01 Jan 2024 00:00:00 GMT",
          "Date",
          "Mon, 01 Jan 2024 00:00:01 GMT",
          "Set-Cookie",
          "a=1",
          "Set-Cookie",
          "b=2",
          "Keep-Alive",
          "timeout=5",
        ]);
        if (incoming.url?.startsWith("/big")) {
          for (let i = 0; i < 64; i += 1) answer.write(Buffer.alloc(65_536, i));
          answer.end();
        } else answer.end(incoming.method === "HEAD" ? undefined : (incoming.url ?? ""));
      });
    });
    await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
    h = await frontHarness({ emulatorUrl: `http://127.0.0.1:${(behind.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await h.close();
    behind.closeAllConnections();
    behind.close();
  });

  const last = (): Seen => seen.at(-1) ?? { method: "", url: "", raw: [] };
  const call = async (
    path: string,
    options: Called = {},
    body: Buffer | string = "",
  ): Promise<{ answer: IncomingMessage; body: Buffer }> => {
    const to = await signed({
      url: `${h.front.url}${path}`,
      keys: KEYS,
      ...(options.method === undefined ? {} : { method: options.method }),
      ...(options.service === undefined ? {} : { service: options.service }),
      headers: { ...options.headers, ...(options.service ? {} : { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }) },
      body,
    });
    return plain(path, { ...options, headers: { ...to.headers, ...options.headers } }, body);
  };
  const plain = (
    path: string,
    options: Called = {},
    body: Buffer | string = "",
  ): Promise<{ answer: IncomingMessage; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${h.front.url}${path}`, options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => resolve({ answer, body: Buffer.concat(parts) }));
        answer.on("error", reject);
      });
      outgoing.on("error", reject);
      if (options.headers && "Expect" in options.headers) outgoing.on("continue", () => outgoing.end(body));
      else outgoing.end(body);
    });

  it("hands on path, Host and headers as they are, adding one", async () => {
    const { answer, body } = await call("/b%2Fcket/k%20%C3%A4+~?x=1&y=%2F", {
      headers: { "X-Amz-Meta-CaSe": "v", Connection: "close, TE", TE: "trailers", "X-Metriccare-Key": "mine" },
    });
    expect(body.toString()).toBe("/b%2Fcket/k%20%C3%A4+~?x=1&y=%2F");
    const headers = Object.fromEntries(
      last().raw.flatMap((name, i) => (i % 2 === 0 ? [[name, last().raw[i + 1]]] : [])),
    );
    expect(headers).toMatchObject({ "X-Amz-Meta-CaSe": "v", "X-Forwarded-Proto": "https" });
    expect(headers).toMatchObject({ "X-Metriccare-Service": "s3", "X-Metriccare-Key": KEYS.accessKeyId });
    expect(headers).not.toHaveProperty("TE");
    expect(answer.statusMessage).toBe("Fine");
    const names = answer.rawHeaders.filter((_, i) => i % 2 === 0);
    expect(names.filter((name) => name === "Date")).toHaveLength(1);
    expect(names).toContain("X-Amz-MiXed");
    expect(names.filter((name) => name === "Set-Cookie")).toHaveLength(2);
  });

  it("streams bodies of any framing untouched, both ways", async () => {
    const big = randomBytes(3_000_000);
    const hash = createHash("sha256").update(big).digest("hex");
    await call("/k", { method: "PUT", headers: { "Content-Length": String(big.length) } }, big);
    expect(last().hash).toBe(hash);
    await call("/k", { method: "PUT", headers: { "Transfer-Encoding": "chunked" } }, big);
    expect(last().hash).toBe(hash);
    expect((await call("/big")).body.length).toBe(64 * 65_536);
    expect((await call("/head", { method: "HEAD" })).answer.statusCode).toBe(200);
    expect((await call("/empty", { method: "POST", headers: { "Content-Length": "0" } })).body.toString()).toBe(
      "/empty",
    );
  });

  it("lets the emulator answer Expect: 100-continue", async () => {
    const { body } = await call(
      "/waits",
      { method: "PUT", headers: { Expect: "100-continue", "Content-Length": "4" } },
      "body",
    );
    expect(body.toString()).toBe("/waits");
    expect(last().hash).toBe(createHash("sha256").update("body").digest("hex"));
  });

  it("takes an abandoned request along", async () => {
    const headers = { "content-length": "100", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const to = await signed({ url: `${h.front.url}/slow`, method: "PUT", headers, keys: KEYS });
    const outgoing = request(to.url, to);
    outgoing.on("error", () => undefined);
    outgoing.write("part");
    while (last().url !== "/slow") await systemClock.sleep(5);
    outgoing.destroy();
    while (last().aborted === undefined) await systemClock.sleep(5);
    expect(last().aborted).toBe(true);
  });

  it("keeps connections through many calls", async () => {
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => call(`/n${i}`)));
    expect(all.map(({ body }) => body.toString())).toEqual(Array.from({ length: 200 }, (_, i) => `/n${i}`));
  });

  it("refuses keys of real accounts before anything passes, in the service's own protocol", async () => {
    const before = seen.length;
    const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" };
    const stranger = async (service: string, more: object = {}): Promise<{ answer: IncomingMessage; body: Buffer }> => {
      const to = await signed({ url: `${h.front.url}/${service === "s3" ? "bucket" : ""}`, keys, service, ...more });
      const { pathname, search } = new URL(to.url);
      return plain(`${pathname}${search}`, { method: to.method, headers: to.headers });
    };
    const s3 = await stranger("s3");
    expect([s3.answer.statusCode, s3.body.toString()]).toEqual([
      403,
      expect.stringContaining("<Code>InvalidAccessKeyId</Code>"),
    ]);
    expect((await stranger("s3", { expiresIn: 60 })).answer.statusCode).toBe(403);
    const glue = await stranger("glue", { method: "POST", headers: { "x-amz-target": "AWSGlue.GetJobs" } });
    expect(JSON.parse(glue.body.toString())).toMatchObject({
      __type: "UnrecognizedClientException",
      message: expect.stringContaining("looks like one of a real AWS account"),
    });
    expect(seen.length).toBe(before);
  });

  it("answers Glue only to who signs, and says what it does not have", async () => {
    const post = async (target: string, sign: boolean): Promise<string> => {
      const options = { method: "POST", headers: { "X-Amz-Target": target }, service: "glue" };
      const { answer, body } = await (sign ? call : plain)("/", options, "{}");
      const told = JSON.parse(body.toString()) as Record<string, unknown>;
      return `${answer.statusCode} ${String(told["__type"])}`;
    };
    expect(await post("AWSGlue.GetJobs", false)).toBe("403 MissingAuthenticationTokenException");
    expect(await post("AWSGlue.MakeCoffee", true)).toBe("404 UnknownOperationException");
    expect(await post("AWSGlue.CreateBlueprint", true)).toBe("400 UnsupportedOperationException");
    expect(await post("AWSGlue.toString", true)).toBe("404 UnknownOperationException");
  });

  it("has a health page, hides the launcher's hooks, and listens on loopback alone", async () => {
    expect(JSON.parse((await plain("/_metriccare/health")).body.toString())).toEqual({ status: "ok" });
    expect((await plain("/_metriccare/calls")).answer.statusCode).toBe(403);
    expect(JSON.parse((await call("/_metriccare/calls", { service: "metriccare" })).body.toString())).toHaveProperty(
      ["glue MakeCoffee"],
      1,
    );
    for (const ask of [plain, call])
      expect((await ask("/_metriccare/events", { method: "POST" })).answer.statusCode).toBeOneOf([403, 405]);
    const other = await new Promise<string>((resolve) => {
      const socket = connect(h.front.port, "127.0.0.2");
      socket.on("connect", () => resolve("connected"));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    });
    expect(other).toBe("ECONNREFUSED");
  });

  it("says 503 when nobody is behind it, so that SDKs try again", async () => {
    const lonely = await frontHarness();
    const to = await signed({ url: `${lonely.front.url}/bucket`, method: "PUT", body: "x", keys: KEYS });
    const answer = await fetch(to.url, to);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining("<Code>ServiceUnavailable</Code>"),
    ]);
    await lonely.close();
  });
});
