import type { Secret } from "../../../src/local/front/door/index.ts";
import type { RunningEmulator } from "./emulator-harness.ts";

/** The pair that opens the fronts of tests; emulators of tests take it for their root's. */
export const KEYS = { accessKeyId: "EMBDTESTTESTTESTTEST", secretAccessKey: "secret-of-the-tests" };

/** What opens the launcher's hooks in tests, and signs its links. */
export const SECRET = "emulator-harness";

/** The secrets that an emulator of a test has minted. */
export const secretsOf =
  (emulator: () => RunningEmulator) =>
  async (accessKeyId: string): Promise<Secret | undefined> => {
    const { secretAccessKey, sessionToken } = await emulator().hook("key", { accessKeyId });
    return typeof secretAccessKey === "string"
      ? { secretAccessKey, sessionToken: typeof sessionToken === "string" ? sessionToken : undefined }
      : undefined;
  };
