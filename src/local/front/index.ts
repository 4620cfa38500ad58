import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { partitionOf } from "../../aws/arn.ts";
import { boundServer, KeyRing, PATIENCE, serverOptions } from "./door/index.ts";
import { emulatorAt } from "./emulator.ts";
import { CallCounts } from "./calls.ts";
import { glueService } from "./glue/index.ts";
import { glueState } from "./glue/state.ts";
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

export type { Front, FrontOptions, JobLaunch, JobOutcome, JobProcess, JobRunner } from "./types.ts";

/** Starts the front on loopback: Glue and tag search are answered here, everything else goes on to the emulator. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const model = loadModel(options.glueModelPath);
  const store = new Store(options.stateDir);
  const emulator = emulatorAt(options.emulatorUrl, options.region);
  const proxy = proxyTo(options.emulatorUrl);
  const state = glueState(store, options);
  const engine = new RunEngine(state, { ...bound(options), roleProblem: (arn) => roleProblem(emulator, arn) });
  const glue = glueService(state, engine, model);
  const keys = new KeyRing(options.keys, async (key) => options.secretOf?.(key), options.clock);
  const patience = { ...PATIENCE, ...options.patience };

  const cache = new TagCache(options.clock);
  const calls = new CallCounts();
  const place = { emulator, account: options.account, region: options.region, partition: partitionOf(options.region) };

  let port = 0;
  const handle = router({
    services: [glue, taggingService([glueSource(state), ...emulatorSources(place)], cache)],
    proxy,
    emulator,
    keys,
    clock: options.clock,
    patience,
    linkSecret: options.linkSecret,
    port: () => port,
    authorize: options.authorize && ((...request) => options.authorize?.(...request) ?? Promise.resolve(undefined)),
    calls: () => calls.all(),
    onRequest: (service, request) => calls.count(service, request),
    onPass: (service, request) => {
      if (mayChangeTags(service, request)) cache.touch(service);
    },
    log: (line) => options.log(line),
  });
  const server = createServer(serverOptions(patience), handle);
  boundServer(server, patience);
  // Without this Node itself says 100 before the emulator has.
  server.on("checkContinue", handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => resolve());
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  engine.start();
  port = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await engine.close();
    server.closeAllConnections();
    await closed;
    proxy.close();
    emulator.close();
    await options.runner.close();
    await store.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, close: () => (closing ??= close()) };
}

/** Methods handed on as they are, whatever `this` they need. */
const bound = (options: FrontOptions): Pick<FrontOptions, "runner" | "putLogs" | "log" | "emitGlueEvent"> => ({
  runner: options.runner,
  putLogs: (...args) => options.putLogs(...args),
  log: (line) => options.log(line),
  emitGlueEvent: (...args) => options.emitGlueEvent(...args),
});
