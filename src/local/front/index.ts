import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../clock/index.ts";
import { partitionOf } from "../../aws/arn.ts";
import { emulatorAt, type Emulator } from "./emulator.ts";
import { CallCounts } from "./calls.ts";
import { AwsError } from "./errors.ts";
import { glueService } from "./glue/index.ts";
import { glueState } from "./glue/state.ts";
import { KeyGuard, type KnownKeys } from "./keys.ts";
import { loadModel } from "./model.ts";
import { proxyTo } from "./proxy.ts";
import { roleProblem } from "./roles.ts";
import { router } from "./router.ts";
import { RunEngine } from "./runs/engine.ts";
import { Store } from "./store.ts";
import { taggingService } from "./tagging/api.ts";
import { mayChangeTags, TagCache } from "./tagging/cache.ts";
import { glueSource } from "./tagging/glue-source.ts";
import { emulatorSources } from "./tagging/sources.ts";
import type { Front, FrontOptions } from "./types.ts";

export type { Front, FrontOptions, JobLaunch, JobOutcome, JobProcess, JobRunner, LogLine } from "./types.ts";

/** Starts the front on loopback: Glue and tag search are answered here, everything else goes on to the emulator. */
export async function startFront(o: FrontOptions): Promise<Front> {
  const model = loadModel(o.glueModelPath);
  const store = new Store(o.stateDir);
  const emulator = emulatorAt(o.emulatorUrl, o.region);
  const proxy = proxyTo(o.emulatorUrl);
  const state = glueState(store, o);
  const engine = new RunEngine(state, { ...bound(o), roleProblem: (arn) => roleProblem(emulator, arn) });
  const glue = glueService(state, engine, model);
  const keys = new KeyGuard(knownKeys(store, o.clock), (key) => vouchedFor(o, emulator, key));

  const cache = new TagCache(o.clock);
  const calls = new CallCounts();
  const place = { emulator, account: o.account, region: o.region, partition: partitionOf(o.region) };

  const handle = router({
    services: [glue, taggingService([glueSource(state), ...emulatorSources(place)], cache)],
    proxy,
    keys,
    authorize: o.authorize && ((...request) => o.authorize?.(...request) ?? Promise.resolve(undefined)),
    health: () => ({ status: "ok", glue: glue.operations.length, calls: calls.all() }),
    onRequest: (service, request) => calls.count(service, request),
    onPass: (service, request) => {
      if (mayChangeTags(service, request)) cache.touch(service);
    },
    log: (line) => o.log(line),
  });
  const server = createServer(
    { maxHeaderSize: 128 * 1024, requestTimeout: 0, keepAliveTimeout: 75_000, noDelay: true },
    handle,
  );
  // Without this Node itself says 100 before the emulator has.
  server.on("checkContinue", handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(o.port, "127.0.0.1", () => resolve());
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  engine.start();
  const port = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await engine.close();
    server.closeAllConnections();
    await closed;
    proxy.close();
    emulator.close();
    await o.runner.close();
    await store.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, close: () => (closing ??= close()) };
}

/** Methods handed on as they are, whatever `this` they need. */
const bound = (o: FrontOptions): Pick<FrontOptions, "runner" | "putLogs" | "log" | "emitGlueEvent"> => ({
  runner: o.runner,
  putLogs: (...args) => o.putLogs(...args),
  log: (line) => o.log(line),
  emitGlueEvent: (...args) => o.emitGlueEvent(...args),
});

/** Temporary keys live 12 hours at most; the emulator vouches for older ones that it still knows. */
const KEY_MS = 24 * 3600_000;

function knownKeys(store: Store, clock: Clock): KnownKeys {
  const keys = store.collection<number>("accessKeys");
  for (const [key, seen] of keys.entries()) if (key.startsWith("ASIA") && clock.now() - seen > KEY_MS) keys.delete(key);
  return {
    has: (key) => keys.has(key),
    add: (key) => keys.set(key, clock.now()),
  };
}

/**
 * With AUTH=true, handlers come with temporary keys of their role that the emulator mints inside itself. It is asked: the
 * account of a key that it knows is ours; a real key decodes to somebody else's account.
 */
async function vouchedFor(o: FrontOptions, emulator: Emulator, key: string): Promise<boolean> {
  if (await o.allowKey?.(key)) return true;
  try {
    const answer = await emulator.query("sts", { Action: "GetAccessKeyInfo", AccessKeyId: key });
    return answer.includes(`<Account>${o.account}</Account>`);
  } catch (error) {
    if (error instanceof AwsError) return false;
    o.log(`access key ${key.slice(0, 4)}… could not be checked: ${String(error)}`);
    return false;
  }
}
