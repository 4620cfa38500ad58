import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../harness/port.ts";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";
import { frontHarness, glueModel, KEYS, type FrontHarness } from "./harness.ts";
import { secretsOf } from "./keys.ts";

const seed = process.env["METRICCARE_SEED"] ?? String(Math.floor(Math.random() * 1e9));

describe.skipIf(!glueModel || !emulatorPython)("the door and boto3 (needs the runtime's Python)", () => {
  let emulator: RunningEmulator;
  let h: FrontHarness;
  let before: FrontHarness;
  let echo: Server;

  beforeAll(async () => {
    const port = await freePort();
    emulator = await startEmulator(`http://127.0.0.1:${port}`, { AUTH: "true" });
    const authorize = async (accessKeyId: string, action: string, resources: string[]): Promise<string | undefined> => {
      const { denied } = await emulator.hook("denial", { accessKeyId, action, resources });
      return typeof denied === "string" ? denied : undefined;
    };
    echo = createServer((request, response) => void request.resume().on("end", () => response.end()));
    await new Promise<void>((done) => echo.listen(0, "127.0.0.1", done));
    const address = echo.address();
    const echoUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    before = await frontHarness({ emulatorUrl: echoUrl, secretOf: secretsOf(() => emulator) });
    h = await frontHarness({ port, emulatorUrl: emulator.url, secretOf: secretsOf(() => emulator), authorize });
  });
  afterAll(async () => {
    await Promise.all([h.close(), before.close()]);
    echo.close();
    await emulator.close();
  });

  it(`lets every client and signer of botocore in, and nobody who changed a thing (seed ${seed})`, async () => {
    const script = join(import.meta.dirname, "door_clients.py");
    const args = [script, h.front.url, before.front.url, seed, KEYS.accessKeyId, KEYS.secretAccessKey];
    const env = { PATH: process.env["PATH"], PYTHONDONTWRITEBYTECODE: "1", AWS_CONFIG_FILE: "/dev/null" };
    const { stdout } = await promisify(execFile)(emulatorPython ?? "", args, { env, maxBuffer: 64 * 1024 * 1024 });
    const told = JSON.parse(stdout) as { clients: string[]; roles: Record<string, string>; knocks: unknown[] };
    expect(told.knocks).toEqual([]);
    expect(told.clients).toContain("services");
    const refused = (s3: string, query: string, json: string): string => `${s3} ${query} ${json}`;
    const wrong = refused("SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException");
    const nobody = refused("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException");
    const token = refused("InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException");
    expect(told.roles).toEqual({
      session: "in in in",
      "session, wrong secret": wrong,
      "session without token": token,
      "session, another token": token,
      user: "in in in",
      "user, wrong secret": wrong,
      "user with a token": token,
      "root with a token": token,
      "root, wrong secret": wrong,
      test: nobody,
      "the account": nobody,
      "links to STS": "[200, 200, 403, 403, 200]",
      "links of a session": "[200, 200]",
      "a deleted key": nobody,
      "knocks as a session": "[]",
    });
  }, 120_000);
});
