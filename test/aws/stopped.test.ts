import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import { classify, faults } from "../../src/services/faults.ts";
import { Stopped, unlessStopped } from "../../src/aws/stopped.ts";
import { stsClient } from "../../src/aws/clients.ts";

/** A server that takes every request and never answers one. */
const asked: (() => void)[] = [];
const silent = createServer(() => asked.shift()?.());
let endpoint = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

function clients(stop: AbortSignal): Clients {
  const target = { region: "us-east-1", endpoint, credentials: { accessKeyId: "a", secretAccessKey: "b" } };
  return new Clients({ target, calls: new CallLog(), faults, readOnly: true, stop });
}

test("a read that nobody answers is given up at the signal, and is no fault of AWS", async () => {
  const stop = new AbortController();
  const arrived = new Promise<void>((resolve) => asked.push(resolve));
  const reading = clients(stop.signal)
    .of(stsClient)
    .then((sts) => sts.getCallerIdentity({}));
  const refused = expect(reading).rejects.toBeInstanceOf(Stopped);
  await arrived;
  stop.abort();
  await refused;
  expect(classify(new Stopped(), { name: "sts:GetCallerIdentity", touched: new Set() })).toMatchObject({
    class: "user",
    code: "interrupted",
  });
});

test("after the signal nothing is asked, and an answer that is there already counts as before", async () => {
  await expect(unlessStopped(new Promise(() => undefined), AbortSignal.abort())).rejects.toBeInstanceOf(Stopped);
  expect(await unlessStopped(Promise.resolve(1), new AbortController().signal)).toBe(1);
  await expect(unlessStopped(Promise.reject(new Error("no")), undefined)).rejects.toThrow("no");
});
