import { expect, test } from "vitest";
import { atCall, expiredAfter, slow } from "../harness/faults/network.ts";
import { chosen, drawn } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, useStage } from "./stage.ts";

const stage = useStage();

/** Runs the same command until nothing is left to do, and compares with a run that nothing disturbed. */
async function converges(args: readonly string[]): Promise<void> {
  const again = await stage.run(args);
  expect(again.code, again.text).toBe(0);
  const third = await stage.run(args);
  expect(third.code, third.text).toBe(0);
  expect(stage.changed()).toEqual([]);
  const now = await stage.inventory();
  await stage.empty();
  if (args === DESTROY) expect(differences(await stage.inventory(), now)).toEqual([]);
  else {
    expect((await stage.run(args)).code).toBe(0);
    expect(differences(await stage.inventory(), now)).toEqual([]);
  }
}

// An apply makes some 150 calls, a third of them to read: the last of these leaves something to do.
const KS = Array.from({ length: 26 }, (_, index) => 55 + index * 3);

/** Of what takes its time a sample runs two. */
const AMONG = chosen(["twice", "away", "gone"] as const, 2, 3);

test.each(
  chosen(
    KS.flatMap((k) => (["SIGINT", "SIGTERM"] as const).map((signal) => ({ k, signal }))),
    2,
  ),
)("$signal at call $k drains: says what is done, exit 130, the same command goes on", async ({ k, signal }) => {
  await stage.empty();
  const { proxy, cli } = stage;
  const child: { kill?: () => void } = {};
  await proxy.quiet();
  proxy.use(
    slow(20),
    atCall(k, "before", () => child.kill?.()),
    ...stage.gaps(),
  );
  const started = cli.start(proxy.endpoint, APPLY);
  child.kill = () => void started.process.kill(signal);
  const { code, text } = await started.ended;
  expect(code, text).toBe(130);
  expect(text).toMatch(/interrupted/);
  // Nothing is in the way of the next one: the lease was given back, or never taken.
  const held = proxy.log.filter(({ call }) => call.operation === "PutObject" && call.path.includes("lease.json"));
  if (held.length > 0) expect(held.at(-1)?.call.body.toString("utf8")).toContain('"released"');
  // What was begun has been finished and told: every change came back before the end.
  for (const { call, status } of proxy.changes) expect(status, call.operation).toBeGreaterThan(0);
  await converges(APPLY);
});

test.runIf(AMONG.includes("twice"))("a second Ctrl-C stops at once", async () => {
  await stage.empty();
  const { proxy, cli } = stage;
  await proxy.quiet();
  const child: { kill?: () => void } = {};
  const stuck = new Promise<void>((resolve) =>
    proxy.use(
      atCall(90, "before", () => child.kill?.()),
      {
        name: "an answer that never comes",
        before: (call) => {
          if (call.index <= 90 || !call.mutating) return undefined;
          resolve();
          return { kind: "silence" };
        },
      },
      ...stage.gaps(),
    ),
  );
  const started = cli.start(proxy.endpoint, APPLY);
  child.kill = () => void started.process.kill("SIGINT");
  await Promise.race([stuck, started.ended]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  started.process.kill("SIGINT");
  const { code, text } = await started.ended;
  expect(code, text).toBe(130);
  // Whoever waits for an answer asks again in the end.
  expect(proxy.log.filter(({ call }) => call.attempt > 1)).toEqual([]);
  await converges(APPLY);
});

test.each(drawn("expired") ? chosen(KS, 1, 7) : [])(
  "credentials that expire after %i calls: exit 1, the fix is named, the same command goes on",
  async (n) => {
    await stage.empty();
    const { code, text } = await stage.run(APPLY, expiredAfter(n));
    expect(code, text).toBe(1);
    expect(text).toContain("credentials_expired");
    expect(text).toMatch(/aws sso login/);
    // Terminal: nobody asks again with an expired session.
    expect(stage.proxy.log.filter(({ call }) => call.attempt > 1)).toEqual([]);
    await converges(APPLY);
  },
);

test("expired from the start: exit 1, nothing is changed", async () => {
  await stage.empty();
  const { code, text } = await stage.run(APPLY, expiredAfter(0));
  expect(code, text).toBe(1);
  expect(text).toContain("credentials_expired");
  expect(stage.changed()).toEqual([]);
});

test.runIf(AMONG.includes("away"))(
  "the network is away for some seconds in the middle: one command gets through",
  async () => {
    await stage.empty();
    const { proxy } = stage;
    const outage = atCall(80, "before", async () => {
      void proxy.down();
      setTimeout(() => void proxy.up(), 4000);
    });
    const { code, text } = await stage.run(APPLY, outage);
    expect(code, text).toBe(0);
    await converges(APPLY);
  },
);

test.runIf(AMONG.includes("gone"))(
  "the network stays away: exit 1, the endpoint is named, the same command goes on",
  async () => {
    await stage.empty();
    const { proxy } = stage;
    const { code, text } = await stage.run(
      APPLY,
      atCall(95, "before", () => void proxy.down()),
    );
    await proxy.up();
    expect(code, text).toBe(1);
    expect(text).toMatch(/endpoint_unreachable|connection_lost/);
    expect(text).toContain(proxy.endpoint);
    await converges(APPLY);
  },
);

test.runIf(drawn("whoever is killed with the lease"))(
  "whoever is killed with the lease in hand is named by the next one, which does not wait for it",
  async () => {
    await stage.empty();
    const { proxy, cli } = stage;
    await proxy.quiet();
    const child: { kill?: () => void } = {};
    proxy.use(
      atCall(100, "before", () => child.kill?.()),
      ...stage.gaps(),
    );
    const started = cli.start(proxy.endpoint, APPLY);
    child.kill = () => void started.process.kill("SIGKILL");
    expect((await started.ended).signal).toBe("SIGKILL");
    const next = await stage.run(APPLY);
    expect(next.code, next.text).toBe(0);
    expect(next.text).toMatch(/took over the lease of .*process \d+.*who did not give it back/);
  },
);
