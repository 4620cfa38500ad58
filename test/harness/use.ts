import { afterAll, beforeAll, beforeEach } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { type Emulator, startEmulator } from "./moto.ts";
import { type FaultProxy, startProxy } from "./proxy.ts";
import { worldAt } from "./world.ts";

export interface Used {
  /** A fresh context; on an emulator that is shared, names made from it do not meet those of other tests. */
  world(): AwsContext;
  readonly proxy: FaultProxy;
}

/** An emulator behind a fault proxy for the tests of a file: empty before each test where it is our own. */
export function useEmulator(): Used {
  let emulator: Emulator;
  let proxy: FaultProxy;
  beforeAll(async () => {
    emulator = await startEmulator();
    proxy = await startProxy(emulator.endpoint);
  });
  afterAll(async () => {
    await proxy?.stop();
    await emulator?.stop();
  });
  beforeEach(async () => {
    proxy.pass();
    await emulator.reset();
  });
  return {
    world: () => worldAt({ endpoint: proxy.endpoint, env: `e${Math.random().toString(36).slice(2, 8)}` }),
    get proxy() {
      return proxy;
    },
  };
}
