import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyLimit, decodedLimit, UnprovedBodies } from "../../../src/local/front/door/limits.ts";
import { RawHeaders } from "../../../src/local/front/door/index.ts";
import { codeToken } from "../../../src/local/front/door/links.ts";
import { signed, type ToSign } from "../../harness/sign.ts";
import { chunked } from "./chunked.ts";
import { Door, type Answer } from "./door-harness.ts";
import { glueModel, KEYS } from "./harness.ts";
import { SECRET } from "./keys.ts";

const IN = 200;
const REFUSALS = [400, 401, 403, 405, 421];
const MINUTE = 60_000;

describe.skipIf(!glueModel)("the door (needs botocore's Glue model to start a front)", () => {
  let door: Door;

  beforeAll(async () => {
    door = await Door.make();
  });
  afterAll(() => door.close());

  /** A refusal is one that nothing came of behind. */
  async function refused(knock: () => Promise<Answer>): Promise<string> {
    const before = door.whole.length;
    const answer = await knock();
    expect(REFUSALS, `${answer.status} ${answer.text}`).toContain(answer.status);
    expect(door.whole.length).toBe(before);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    return `${answer.status} ${answer.code}`;
  }
  const glue: Partial<ToSign> & { path: string } = {
    path: "/",
    method: "POST",
    service: "glue",
    headers: { "x-amz-target": "AWSGlue.GetDatabases", "content-type": "application/x-amz-json-1.1" },
    body: "{}",
  };
  const form = { path: "/", method: "POST", body: "Action=ListRoles&Version=2010-05-08" };
  const iam = { ...form, service: "iam", headers: { "content-type": "application/x-www-form-urlencoded" } };

  it("lets in what is signed, in header and in query, and strips what lets other sites read", async () => {
    const answer = await door.knock({ method: "PUT", body: "body" });
    expect(answer).toMatchObject({ status: IN, text: "let in" });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(await door.knock({ expiresIn: 60 })).toMatchObject({ status: IN });
    expect(await door.knock(glue)).toMatchObject({ status: IN });
    expect(await door.knock(iam)).toMatchObject({ status: IN });
  });

  describe("refuses", () => {
    it.each<[string, () => Promise<Answer>, string]>([
      ["S3 unsigned", () => door.send({ path: "/bucket/key", headers: [] }), "403 AccessDenied"],
      [
        "a POST of a page",
        () => door.send({ method: "POST", path: "/", headers: [], body: form.body }),
        "403 AccessDenied",
      ],
      [
        "Glue unsigned",
        () => door.send({ method: "POST", path: "/", headers: Object.entries(glue.headers ?? {}), body: "{}" }),
        "403 MissingAuthenticationTokenException",
      ],
      ["S3's wrong secret", () => door.knock({ keys: wrong }), "403 SignatureDoesNotMatch"],
      ["Glue's wrong secret", () => door.knock({ ...glue, keys: wrong }), "400 InvalidSignatureException"],
      ["IAM's wrong secret", () => door.knock({ ...iam, keys: wrong }), "403 SignatureDoesNotMatch"],
      ["a link with the wrong secret", () => door.knock({ keys: wrong, expiresIn: 60 }), "403 SignatureDoesNotMatch"],
      ["the emulator's own root", () => door.knock({ keys: as("test") }), "403 InvalidAccessKeyId"],
      ["an account for a key", () => door.knock({ keys: as("123456789012") }), "403 InvalidAccessKeyId"],
      [
        "an unknown key of IAM",
        () => door.knock({ ...iam, keys: as("AKIAIOSFODNN7EXAMPLE") }),
        "403 InvalidClientTokenId",
      ],
      [
        "an unknown key of Glue",
        () => door.knock({ ...glue, keys: as("AIDAX0000000000000") }),
        "400 UnrecognizedClientException",
      ],
      ["root with a token", () => door.knock({ keys: { ...KEYS, sessionToken: "t" } }), "400 InvalidToken"],
      [
        "another body",
        () => door.knock({ method: "PUT", body: "body" }, { body: "ydob" }),
        "400 XAmzContentSHA256Mismatch",
      ],
      ["no body", () => door.knock({ method: "PUT", body: "body" }, { body: "" }), "400 XAmzContentSHA256Mismatch"],
      ["Glue's other body", () => door.knock(glue, { body: '{"a":1}' }), "400 InvalidSignatureException"],
      ["another path", () => door.knock({}, { path: "/bucket/other" }), "403 SignatureDoesNotMatch"],
      ["another query", () => door.knock({}, { path: "/bucket/key?acl" }), "403 SignatureDoesNotMatch"],
      ["another method", () => door.knock({}, { method: "DELETE" }), "403 SignatureDoesNotMatch"],
      [
        "another of our hosts",
        () => door.knock({}, { set: { host: `localhost:${door.port}` } }),
        "403 SignatureDoesNotMatch",
      ],
      ["a header more", () => door.knock({}, { set: { "x-amz-copy-source": "/a/b" } }), "403 AccessDenied"],
      [
        "a header more on a link",
        () => door.knock({ expiresIn: 60 }, { set: { "x-amz-acl": "public" } }),
        "403 AccessDenied",
      ],
      ["a link for another key", () => link({}, "key", "yek"), "403 SignatureDoesNotMatch"],
      ["a link made longer", () => link({ expiresIn: 60 }, "Expires=60", "Expires=600"), "403 SignatureDoesNotMatch"],
      ["a link that is over", () => door.knock({ expiresIn: 60, at: ago(2 * MINUTE) }), "403 AccessDenied"],
      ["a link of tomorrow", () => door.knock({ expiresIn: 60, at: ago(-20 * MINUTE) }), "403 RequestTimeTooSkewed"],
      [
        "a link for ever",
        () => link({ expiresIn: 604_800 }, "Expires=604800", "Expires=604801"),
        "400 AuthorizationHeaderMalformed",
      ],
      ["yesterday's request", () => door.knock({ at: ago(16 * MINUTE) }), "403 RequestTimeTooSkewed"],
      ["tomorrow's request", () => door.knock({ at: ago(-16 * MINUTE) }), "403 RequestTimeTooSkewed"],
      ["yesterday's Glue", () => door.knock({ ...glue, at: ago(16 * MINUTE) }), "400 InvalidSignatureException"],
      ["two claims", () => link({}, "?", "?AWSAccessKeyId=a&Signature=b&Expires=1&"), "400 InvalidRequest"],
      ["a claim twice", () => link({}, "?", "?X-Amz-Credential=test%2Fa&"), "400 IncompleteSignatureException"],
      ["a claim misspelt", () => link({}, "?", "?x-amz-credential=test%2Fa&"), "400 IncompleteSignatureException"],
      ["SigV4a", () => door.knock({}, { set: { authorization: SIGV4A } }), "400 InvalidRequest"],
      ["a bearer", () => door.knock({}, { set: { authorization: "Bearer abc" } }), "400 InvalidRequest"],
      [
        "a claim in pieces",
        () => door.knock({}, { set: { authorization: "AWS4-HMAC-SHA256 Credential=a" } }),
        "400 AuthorizationHeaderMalformed",
      ],
    ])("%s", async (_, knock, expected) => {
      expect(await refused(knock)).toBe(expected);
    });

    it.each<[string, () => Promise<Answer>]>([
      ["S3 with Glue's scope", () => door.knock({ service: "glue" })],
      ["S3's listing with IAM's scope", () => door.knock({ service: "iam", path: "/bucket?list-type=2" })],
      ["S3 with Lambda's scope", () => door.knock({ service: "lambda" })],
      ["S3 with SQS's scope", () => door.knock({ service: "sqs" })],
      ["Glue with S3's scope", () => door.knock({ ...glue, service: "s3" })],
      ["Glue with DynamoDB's scope", () => door.knock({ ...glue, service: "dynamodb" })],
      ["a target that nobody has", () => door.knock({ ...glue, headers: { "x-amz-target": "Nobody.Does" } })],
      ["a target on a path", () => door.knock({ ...glue, path: "/bucket/key" })],
      ["the launcher's hooks", () => door.knock({ method: "POST", path: "/_metriccare/key" })],
      ["the launcher's hooks, spelt otherwise", () => door.knock({ method: "POST", path: "/%5Fmetriccare/key" })],
      ["the emulator's back door", () => door.knock({ method: "POST", path: "//_ministack/reset" })],
      ["the calls, as S3", () => door.knock({ path: "/_metriccare/calls" })],
      ["S3, as the front itself", () => door.knock({ service: "metriccare" })],
    ])("%s", async (_, knock) => {
      await refused(knock);
    });

    it("scopes that are no scopes", async () => {
      for (const [from, to] of [
        ["aws4_request", "aws4_other"],
        ["/us-east-1/", "/nowhere/"],
        ["/s3/", "/s3/s3/"],
        ["Credential=", "Credential=x/"],
        ["SignedHeaders=host;", "SignedHeaders="],
      ] as const) {
        const to4 = await signed({ url: `${door.url}/bucket/key`, keys: KEYS });
        const authorization = (to4.headers["authorization"] ?? "").replace(from, to);
        expect(authorization).not.toBe(to4.headers["authorization"]);
        const headers = Object.entries({ ...to4.headers, authorization });
        await refused(() => door.send({ path: "/bucket/key", headers }));
      }
      // A signing key of another day, used today.
      const old = await signed({ url: `${door.url}/bucket/key`, keys: KEYS, at: ago(48 * 60 * MINUTE) });
      const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
      await refused(() =>
        door.send({ path: "/bucket/key", headers: Object.entries({ ...old.headers, "x-amz-date": now }) }),
      );
    });
  });

  const wrong = { ...KEYS, secretAccessKey: "guessed" };
  const as = (accessKeyId: string): { accessKeyId: string; secretAccessKey: string } => ({
    accessKeyId,
    secretAccessKey: "test",
  });
  const ago = (ms: number): Date => new Date(Date.now() - ms);
  const SIGV4A = "AWS4-ECDSA-P256-SHA256 Credential=a/20240101/s3/aws4_request, SignedHeaders=host, Signature=00";
  /** A right link with one thing replaced. */
  async function link(to: Partial<ToSign>, from: string, by: string): Promise<Answer> {
    const done = await signed({ url: `${door.url}/bucket/key`, keys: KEYS, expiresIn: 60, ...to });
    const { pathname, search } = new URL(done.url);
    const path = `${pathname}${search}`.replace(from, by);
    expect(path).not.toBe(`${pathname}${search}`);
    return door.send({ path, headers: Object.entries(done.headers) });
  }

  describe("web pages", () => {
    const signedWith = (set: Record<string, string>, method = "GET") => door.knock({ method }, { set });

    it.each<[string, Record<string, string>]>([
      ["an Origin", { origin: "https://evil.example" }],
      ["a file's Origin", { origin: "null" }],
      ["another port's Origin", { origin: "http://127.0.0.1:3000" }],
      ["https to our port", { origin: "https://127.0.0.1" }],
      ["a name like ours", { origin: "http://127.0.0.1.evil.example" }],
      ["Sec-Fetch-Site: cross-site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
      ["Sec-Fetch-Site: same-site", { "sec-fetch-site": "same-site" }],
      ["Sec-Fetch-Site: anything", { "sec-fetch-site": "x" }],
    ])("refuses %s, however it is signed", async (_, set) => {
      expect(await refused(() => signedWith(set))).toBe("403 AccessDenied");
      expect(await refused(() => door.send({ path: "/_metriccare/health", headers: Object.entries(set) }))).toBe(
        "403 AccessDenied",
      );
    });

    it("refuses preflights and methods that no SDK uses", async () => {
      const preflight: [string, string][] = [
        ["Origin", door.url],
        ["Access-Control-Request-Method", "PUT"],
      ];
      expect(await refused(() => door.send({ method: "OPTIONS", path: "/bucket/key", headers: preflight }))).toBe(
        "403 AccessDenied",
      );
      expect(await refused(() => door.send({ method: "OPTIONS", path: "/_metriccare/health", headers: [] }))).toBe(
        "403 AccessDenied",
      );
      expect(await refused(() => door.send({ method: "TRACE", path: "/", headers: [] }))).toBe("405 MethodNotAllowed");
    });

    it.each([
      "evil.example",
      "evil.example:PORT",
      "127.0.0.1.evil.example:PORT",
      "0.0.0.0:PORT",
      "169.254.169.254:PORT",
      "localhost.evil.example:PORT",
      "127.0.0.1:PORT@evil.example",
    ])("refuses the Host %s", async (named) => {
      const host = named.replace("PORT", String(door.port));
      const done = await signed({ url: `${door.url}/bucket/key`, keys: KEYS, headers: { host } });
      const headers: [string, string][] = Object.entries({ ...done.headers, host });
      expect(await refused(() => door.send({ path: "/bucket/key", headers }))).toBe("421 MisdirectedRequest");
      expect(await refused(() => door.send({ path: "/_metriccare/health", headers: [["host", host]] }))).toBe(
        "421 MisdirectedRequest",
      );
    });

    it("opens a link for who types it or clicks it, and for its own pages", async () => {
      const browser = { "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect(await door.knock({ expiresIn: 60 }, { set: browser })).toMatchObject({ status: IN });
      const own = { "sec-fetch-site": "same-origin", origin: door.url };
      expect(await door.knock({ expiresIn: 60 }, { set: own })).toMatchObject({ status: IN });
      const hosts = ["127.0.0.1:1", "localhost", `localhost:${door.port}`, `[::1]:${door.port}`];
      for (const host of [...hosts, `bucket.localhost:${door.port}`])
        expect(await door.knock({ headers: { host } })).toMatchObject({ status: IN });
      // Node's own fetch says that it is `cors`, and nothing more.
      const done = await signed({ url: `${door.url}/bucket/key`, keys: KEYS, expiresIn: 60 });
      expect((await fetch(done.url)).status).toBe(IN);
    });

    it("refuses a target that is no path, and headers that come twice", async () => {
      const done = await signed({ url: `${door.url}/bucket/key`, keys: KEYS });
      const headers = Object.entries(done.headers);
      await refused(() => door.send({ path: `${door.url}/bucket/key`, headers }));
      for (const name of ["authorization", "x-amz-date", "x-amz-content-sha256", "origin", "x-amz-target"])
        await refused(() => door.send({ path: "/bucket/key", headers: [...headers, [name, "a"], [name, "b"]] }));
    });
  });

  describe("chunked bodies", () => {
    const SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const chunks = [Buffer.alloc(70_000, "a"), Buffer.from("\r\n0;chunk-signature=x\r\n"), Buffer.alloc(8192, "z")];
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    type Change = (body: Buffer) => Buffer;
    const put = async (kind: string, change: Change, trailers?: Record<string, string>): Promise<Answer> => {
      const more: Record<string, string> = trailers ? { "x-amz-trailer": Object.keys(trailers).join() } : {};
      const headers = { "x-amz-content-sha256": kind, "x-amz-decoded-content-length": String(length), ...more };
      const done = await signed({ url: `${door.url}/bucket/key`, method: "PUT", headers, keys: KEYS });
      const seed = /Signature=([0-9a-f]{64})/.exec(done.headers["authorization"] ?? "")?.[1] ?? "";
      const stamp = done.headers["x-amz-date"] ?? "";
      const body = chunked({ secret: KEYS.secretAccessKey, stamp, seed, chunks, ...(trailers ? { trailers } : {}) });
      return door.send({
        method: "PUT",
        path: "/bucket/key",
        headers: Object.entries(done.headers),
        body: change(body),
      });
    };
    const at =
      (text: string, add = 1): Change =>
      (body) => {
        const copy = Buffer.from(body);
        const found = copy.indexOf(text) + text.length;
        copy[found] = (copy[found] ?? 0) ^ add;
        return copy;
      };
    const crc = { "x-amz-checksum-crc32": "AAAAAA==" };

    it("lets in signed chunks and signed trailers, byte for byte", async () => {
      for (const trailers of [undefined, crc]) {
        let sent = Buffer.alloc(0);
        const kept: Change = (body) => (sent = Buffer.from(body));
        expect(await put(trailers ? `${SIGNED}-TRAILER` : SIGNED, kept, trailers)).toMatchObject({ status: IN });
        expect(door.whole.at(-1)?.body.equals(sent)).toBe(true);
      }
    });

    it.each<[string, Change]>([
      [
        "a byte of a chunk",
        (body) =>
          at("chunk-signature=", 0)(Buffer.concat([body.subarray(0, 5000), Buffer.from("b"), body.subarray(5001)])),
      ],
      ["a chunk's signature", at("chunk-signature=")],
      [
        "the last chunk's signature",
        (body) =>
          Buffer.from(
            body
              .toString("latin1")
              .replace(/0;chunk-signature=([0-9a-f]{64})\r\n\r\n$/, `0;chunk-signature=${"0".repeat(64)}\r\n\r\n`),
            "latin1",
          ),
      ],
      ["no last chunk", (body) => body.subarray(0, body.lastIndexOf("0;chunk-signature="))],
      ["half of it", (body) => body.subarray(0, 40_000)],
      ["more after the end", (body) => Buffer.concat([body, Buffer.from("more")])],
      [
        "chunks unsigned",
        (body) => Buffer.from(body.toString("latin1").replace(/;chunk-signature=[0-9a-f]{64}/g, ""), "latin1"),
      ],
      ["no chunks at all", () => Buffer.alloc(length, "a")],
      ["nothing", () => Buffer.alloc(0)],
    ])("refuses %s", async (_, change) => {
      await refused(() => put(SIGNED, change));
    });

    it.each<[string, Change]>([
      ["another checksum", (body) => Buffer.from(body.toString("latin1").replace("AAAAAA==", "AAAAAQ=="), "latin1")],
      [
        "a trailer more",
        (body) =>
          Buffer.from(
            body.toString("latin1").replace("x-amz-trailer-signature", "x-amz-more:1\r\nx-amz-trailer-signature"),
            "latin1",
          ),
      ],
      [
        "no trailer's signature",
        (body) => Buffer.from(body.toString("latin1").replace(/x-amz-trailer-signature.*\r\n/, ""), "latin1"),
      ],
      ["another trailer's signature", at("x-amz-trailer-signature:")],
    ])("refuses %s", async (_, change) => {
      await refused(() => put(`${SIGNED}-TRAILER`, change, crc));
    });

    it("checks the framing of chunks that nobody signs, and refuses chunks that are not announced", async () => {
      const unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
      const body = Buffer.from(
        `${length.toString(16)}\r\n${"a".repeat(length)}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`,
      );
      expect(await put(unsigned, () => body, crc)).toMatchObject({ status: IN });
      for (const wrongs of [
        body.subarray(0, -20),
        Buffer.concat([body, body]),
        Buffer.from(body.toString().replace("x-amz-checksum-crc32", "x-amz-other")),
      ])
        await refused(() => put(unsigned, () => wrongs, crc));
      const headers = { "content-encoding": "aws-chunked", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
      await refused(() => door.knock({ method: "PUT", headers, body }));
    });
  });

  describe("links of version 2", () => {
    const until = (): string => String(Math.floor(Date.now() / 1000) + 60);
    const sign = (method: string, expires: string, resource: string, secret = KEYS.secretAccessKey): string =>
      createHmac("sha1", secret).update(`${method}\n\n\n${expires}\n${resource}`).digest("base64");
    const get = (path: string, signature: string, expires: string, method = "GET"): Promise<Answer> => {
      const query = `AWSAccessKeyId=${KEYS.accessKeyId}&Signature=${encodeURIComponent(signature)}&Expires=${expires}`;
      return door.send({ method, path: `${path}${path.includes("?") ? "&" : "?"}${query}`, headers: [] });
    };

    it("are let in as they were signed, and not otherwise", async () => {
      const expires = until();
      const right = sign("GET", expires, "/bucket/k%20y?versionId=1");
      expect(await get("/bucket/k%20y?versionId=1", right, expires)).toMatchObject({ status: IN });
      expect(await refused(() => get("/bucket/other?versionId=1", right, expires))).toBe("403 SignatureDoesNotMatch");
      expect(await refused(() => get("/bucket/k%20y?versionId=2", right, expires))).toBe("403 SignatureDoesNotMatch");
      expect(await refused(() => get("/bucket/k%20y?versionId=1", right, expires, "DELETE"))).toBe(
        "403 SignatureDoesNotMatch",
      );
      expect(await refused(() => get("/bucket/k%20y?versionId=1", right, String(Number(expires) + 1)))).toBe(
        "403 SignatureDoesNotMatch",
      );
      const past = String(Number(expires) - 120);
      expect(await refused(() => get("/bucket/k", sign("GET", past, "/bucket/k"), past))).toBe("403 AccessDenied");
      expect(await refused(() => get("/bucket/k", sign("GET", expires, "/bucket/k", "x"), expires))).toBe(
        "403 SignatureDoesNotMatch",
      );
      expect(await refused(() => get("/bucket/k", sign("GET", "", "/bucket/k"), ""))).toBe(
        "400 AuthorizationHeaderMalformed",
      );
    });
  });

  describe("AWS's own unsigned links", () => {
    const get = (path: string, method = "GET"): Promise<Answer> => door.send({ method, path, headers: [] });
    const topic = "arn:aws:sns:us-east-1:123456789012:alerts";
    const token = "1f0b6f0a-6f0a-4a4a-9b9b-0123456789ab";

    it("reach the emulator as exactly what they say", async () => {
      expect((await get(`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}`)).status).toBe(IN);
      expect(door.whole.at(-1)?.url).toContain("Action=ConfirmSubscription");
      expect((await get(`/?Action=Unsubscribe&SubscriptionArn=${topic}:${token}`)).status).toBe(IN);
      const until = String(Math.floor(Date.now() / 1000) + 600);
      const path = "/_ministack/lambda-code/123456789012/us-east-1/f";
      expect((await get(`${path}?until=${until}&token=${codeToken(SECRET, path, until)}`)).status).toBe(IN);
      expect(door.whole.at(-1)?.url).toBe(path);
    });

    it("are nothing when they can be guessed, are over, or say more", async () => {
      const path = "/_ministack/lambda-code/123456789012/us-east-1/f";
      const now = Math.floor(Date.now() / 1000);
      const over = String(now - 1);
      const soon = String(now + 600);
      for (const [url, method] of [
        [`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=1`],
        [`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}&Action=CreateUser`],
        [`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}&Attributes=1`],
        [`/?Action=ConfirmSubscription&TopicArn=${topic}&Token=${token}`, "POST"],
        [`/?Action=Unsubscribe&SubscriptionArn=${topic}:example`],
        ["/?Action=ListUsers"],
        [path],
        [`${path}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=ministack-local-presigned`],
        [`${path}?until=${soon}&token=${codeToken("other", path, soon)}`],
        [`${path}?until=${over}&token=${codeToken(SECRET, path, over)}`],
        [`${path}g?until=${soon}&token=${codeToken(SECRET, path, soon)}`],
        [`/_ministack/lambda-code/../reset?until=${soon}&token=${codeToken(SECRET, path, soon)}`],
      ] as const)
        await refused(() => get(url, method));
    });
  });

  it("takes parts of 5 GiB, in chunks too, and nothing larger; other services far less", () => {
    const headers = (length: number): RawHeaders => new RawHeaders(["content-length", String(length)]);
    const GIB = 1024 ** 3;
    expect(decodedLimit).toBe(5 * GIB);
    expect(bodyLimit("s3", headers(5 * GIB + 60_000_000))).toBeGreaterThan(5 * GIB);
    expect(() => bodyLimit("s3", headers(6 * GIB))).toThrow("tooLarge");
    expect(bodyLimit("lambda", headers(70_000_000))).toBe(70_167_211);
    expect(() => bodyLimit("glue", headers(33 * 1024 ** 2))).toThrow("tooLarge");
  });

  it("holds only so much of what nobody has proved to be his, and lets it go again", async () => {
    const bodies = new UnprovedBodies(10);
    let goOn = (): void => undefined;
    const waits = new Promise<void>((resolve) => (goOn = resolve));
    async function* body(...sizes: number[]): AsyncGenerator<Buffer> {
      for (const size of sizes) yield Buffer.alloc(size);
      if (sizes.length > 1) await waits;
    }
    const first = bodies.read(body(4, 4), 100);
    await new Promise(setImmediate);
    await expect(bodies.read(body(3), 100)).rejects.toThrow("busy");
    await expect(bodies.read(body(2), 100)).resolves.toHaveLength(2);
    goOn();
    expect(await first).toHaveLength(8);
    await expect(bodies.read(body(9), 100)).resolves.toHaveLength(9);
  });

  it("refuses a body that is too large before it reads it, and a request of too many or too long headers", async () => {
    const huge = { "content-length": String(6 * 1024 ** 3), "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const done = await signed({ url: `${door.url}/bucket/key`, method: "PUT", headers: huge, keys: KEYS });
    const head = Object.entries(done.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    expect(await door.talk(`PUT /bucket/key HTTP/1.1\r\n${head.join("")}\r\nstart`)).toContain("EntityTooLarge");
    const many = Array.from({ length: 300 }, (_, i): [string, string] => [`x-${i}`, "y"]);
    expect(await refused(() => door.send({ path: "/", headers: many }))).toBe("400 BadRequest");
    expect(await door.talk(`GET / HTTP/1.1\r\nHost: ${door.host}\r\nX: ${"y".repeat(40_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });

  it("closes on what is no HTTP, on upgrades and on two framings", async () => {
    expect(await door.talk("\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(/^(HTTP\/1.1 400 .*|)/);
    expect(
      await door.talk(`GET / HTTP/1.1\r\nHost: ${door.host}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`),
    ).not.toMatch(/ (1|2)\d\d /);
    const two = `POST / HTTP/1.1\r\nHost: ${door.host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await door.talk(two)).toMatch(/^HTTP\/1.1 400 /);
    expect(await door.talk(`CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n`)).not.toMatch(/ 2\d\d /);
  });
});

describe.skipIf(!glueModel)("slow senders", () => {
  let door: Door;

  beforeAll(async () => {
    door = await Door.make({
      patience: { headersMs: 300, bodyMs: 300, bodyBytes: 64, keepAliveMs: 300, idleMs: 2000 },
    });
  });
  afterAll(() => door.close());

  it("are let go: nothing at all, headers that trickle, a kept connection that is silent", async () => {
    const started = Date.now();
    await door.talk();
    await door.talk("GET /_metriccare/health HTTP/1.1\r\n", 100, "X: y\r\n", 100, "X: y\r\n");
    const health = await door.talk(`GET /_metriccare/health HTTP/1.1\r\nHost: ${door.host}\r\n\r\n`);
    expect(health).toContain('{"status":"ok"}');
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it("are those who send, not those who wait for leave to send", async () => {
    door.leaveMs = 1000;
    const headers = { "content-length": "4", expect: "100-continue", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const done = await signed({ url: `${door.url}/bucket/key`, method: "PUT", headers, keys: KEYS });
    const head = Object.entries(done.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const said = await door.talk(`PUT /bucket/key HTTP/1.1\r\n${head.join("")}\r\n`, 1200, "body");
    expect(said).toContain("let in");
    door.whole.length = 0;
  });

  it("are let go when a body trickles or stops half-way, and nothing came of it", async () => {
    for (const service of ["s3", "glue"]) {
      const headers = {
        "content-length": "1000",
        "x-amz-target": "AWSGlue.GetJobs",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      };
      if (service === "s3") Reflect.deleteProperty(headers, "x-amz-target");
      const path = service === "s3" ? "/bucket/key" : "/";
      const done = await signed({ url: `${door.url}${path}`, method: "POST", service, headers, keys: KEYS });
      const head = Object.entries(done.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const said = await door.talk(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\nab`, 200, "c", 200, "d");
      expect(said).toContain("RequestTimeout");
    }
    expect(door.whole).toEqual([]);
    // What had begun behind was taken back too.
    await expect.poll(() => door.open, { timeout: 5000 }).toBe(0);
  });
});
