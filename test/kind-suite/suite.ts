import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { differences, hasChanges, makePlan, sameValue } from "../../src/engine/index.ts";
import type { Address, AnyKind, FieldRule, Live } from "../../src/engine/types.ts";
import { gapOf } from "../harness/gaps.ts";
import { DENIED, type FaultProxy } from "../harness/proxy.ts";
import { useEmulator } from "../harness/use.ts";
import { worldAt } from "../harness/world.ts";
import type { AnyCase } from "./case.ts";
import { DECLARED_TAGS, desiredOf, marksOf, readOne, send, writeOf } from "./drive.ts";

/** Emulators are slow: a few random props a kind and run, other ones every time. `METRICCARE_SUITE_RUNS` asks for more. */
const RUNS = Number(process.env["METRICCARE_SUITE_RUNS"] ?? 3);

const emulatorName = process.env["METRICCARE_TEST_ENDPOINT"] ? "embedded" : "moto";

/** Runs the suite for each case. See case.ts. */
export function kindSuite(...cases: readonly AnyCase[]): void {
  const used = useEmulator();
  const place = (): Place => ({ endpoint: used.proxy.endpoint, proxy: used.proxy });
  for (const one of cases) checks(one, place);
}

interface Place {
  readonly endpoint: string;
  readonly proxy: FaultProxy;
}

function checks(one: AnyCase, place: () => Place): void {
  const { kind } = one;
  const check = (name: string, id: string, body: () => Promise<void>): void => {
    const gap = gapOf(emulatorName, kind.name, id);
    if (gap) test.skip(`${name} (skipped on ${gap.emulator}: ${gap.reason})`, () => undefined);
    else test(name, body, 120_000);
  };

  describe(kind.name, () => {
    check("absent reads as absent, and deleting it succeeds", "absent", () =>
      within(one, place(), async (ctx, address) => {
        expect(await readOne(ctx, kind, address)).toBeUndefined();
        const ghost: Live = { name: address.name, tags: {}, props: one.base(ctx, address), owner: ctx.owner };
        await send(kind.delete(ctx, address, ghost));
      }),
    );

    check("the creating call carries the mark", "mark", () =>
      within(one, place(), async (ctx, address) => {
        const desired = desiredOf(kind, address, one.base(ctx, address));
        await send(kind.create(ctx, writeOf(ctx, kind, desired)), ({ creates }) => creates === true);
        expect((await readOne(ctx, kind, address))?.owner).toBe(ctx.owner);
      }),
    );

    check("random props: create, read, an empty second plan, delete twice", "random", async () => {
      const ctx = worldAt({ endpoint: place().endpoint });
      const cases = fc
        .stringMatching(/^[a-z0-9]{8}$/)
        .map((unique) => one.address(ctx, unique))
        .chain((address) =>
          one.props(ctx, address).map((props) => ({ address, props: kept(one, ctx, address, props) })),
        );
      await fc.assert(
        fc.asyncProperty(cases, ({ address, props }) => lifecycle(one, place(), ctx, address, props)),
        { numRuns: RUNS, interruptAfterTimeLimit: 60_000, includeErrorInReport: true },
      );
    });

    const nowhere = worldAt({ endpoint: "http://127.0.0.1:1" });
    const keys = Object.keys(one.base(nowhere, one.address(nowhere, "x")));
    test("no prop is forgotten", () => {
      expect(keys.filter((key) => !one.fixed.includes(key) && !one.vary[key])).toEqual([]);
      expect(keys.filter((key) => !one.fixed.includes(key) && !one.calls[key])).toEqual([]);
      expect(keys.filter((key) => !one.fixed.includes(key) && !one.outside[key])).toEqual([]);
    });
    for (const key of keys.filter((name) => !one.fixed.includes(name))) {
      check(`${key} alone: one change, one kind of call, reads back`, `update:${key}`, () =>
        within(one, place(), (ctx, address) => single(one, ctx, address, key)),
      );
      check(`${key} changed behind our back is seen and set right`, `outside:${key}`, () =>
        within(one, place(), (ctx, address) => behind(one, ctx, address, key)),
      );
    }

    for (const key of one.optional ?? []) {
      check(`${key} named no more goes back to AWS's default`, `back:${key}`, () =>
        within(one, place(), (ctx, address) => takenBack(one, ctx, address, key)),
      );
    }

    check("denied is an error, never absent", "denied", () =>
      within(one, place(), async (ctx, address) => {
        await make(one, ctx, address, one.base(ctx, address));
        await denied(one, place(), address, one.base(ctx, address));
      }),
    );
  });
}

/** Random props, with the base's value for what this emulator does not keep. */
function kept(
  one: AnyCase,
  ctx: AwsContext,
  address: Address,
  props: Record<string, unknown>,
): Record<string, unknown> {
  const base = one.base(ctx, address);
  const lost = Object.keys(props).filter((key) => gapOf(emulatorName, one.kind.name, `prop:${key}`));
  return { ...props, ...Object.fromEntries(lost.map((key) => [key, base[key]])) };
}

/** A test in a world of its own: fresh names, what it needs made before and removed after. */
async function within(
  one: AnyCase,
  place: Place,
  body: (ctx: AwsContext, address: Address) => Promise<void>,
  ctx: AwsContext = worldAt({ endpoint: place.endpoint }),
  address: Address = one.address(ctx, Math.random().toString(36).slice(2, 8)),
): Promise<void> {
  await one.prepare?.(ctx, address);
  try {
    await body(ctx, address);
  } finally {
    place.proxy.pass();
    const live = await readOne(ctx, one.kind, address);
    if (live) await send(one.kind.delete(ctx, address, live));
    await one.tidy?.(ctx, address);
  }
}

async function make(one: AnyCase, ctx: AwsContext, address: Address, props: object): Promise<Live> {
  await send(one.kind.create(ctx, writeOf(ctx, one.kind, desiredOf(one.kind, address, props))));
  const live = await readOne(ctx, one.kind, address, props);
  if (!live) throw new Error(`${address.name} is not there after it was created`);
  return live;
}

const lifecycle = (one: AnyCase, place: Place, world: AwsContext, at: Address, props: object): Promise<void> =>
  within(one, place, (ctx, address) => cycle(one, ctx, address, props), world, at);

async function cycle(one: AnyCase, ctx: AwsContext, address: Address, props: object): Promise<void> {
  const { kind } = one;
  const desired = desiredOf(kind, address, props);
  await make(one, ctx, address, props);
  if (one.foreignTag && !gapOf(emulatorName, kind.name, "foreign-tag"))
    await one.foreignTag(ctx, address, "Team", "blue");
  const live = await readOne(ctx, kind, address, props);
  if (!live) throw new Error("gone");
  expect(changedKeys(kind, ctx, address, props, live)).toEqual([]);
  if (!kind.untaggable) expect(live.tags).toMatchObject(DECLARED_TAGS);
  if (!gapOf(emulatorName, kind.name, "owned")) {
    ctx.refresh();
    expect((await kind.owned(ctx, [address])).map(({ name }) => name)).toContain(address.name);
  }
  const plan = await makePlan({ ctx, kinds: [kind], desired: [desired], marks: marksOf(ctx) });
  expect(plan.findings.filter(({ level }) => level === "error")).toEqual([]);
  expect(plan.steps.filter(({ action, address: of }) => action !== "keep" && of.name === address.name)).toEqual([]);
  if (plan.steps.every(({ address: of }) => of.name === address.name)) expect(hasChanges(plan)).toBe(false);
  expect(await send(kind.update(ctx, { ...writeOf(ctx, kind, desired), live, changed: new Set() }))).toEqual([]);
  await retagged(one, ctx, address);
  await send(kind.delete(ctx, address, live));
  expect(await readOne(ctx, kind, address)).toBeUndefined();
  await send(kind.delete(ctx, address, live));
}

/** Sets a tag and takes it away again; other people's tag stays. */
async function retagged(one: AnyCase, ctx: AwsContext, address: Address): Promise<void> {
  const { kind } = one;
  if (!kind.retag) return;
  const tags = async (): Promise<Readonly<Record<string, string>>> => (await readOne(ctx, kind, address))?.tags ?? {};
  const before = await tags();
  const live = await readOne(ctx, kind, address);
  if (!live) throw new Error("gone");
  await send(kind.retag(ctx, address, live, { Extra: "one" }, []));
  expect(await tags()).toEqual({ ...before, Extra: "one" });
  await send(kind.retag(ctx, address, live, {}, ["Extra"]));
  expect(await tags()).toEqual(before);
}

async function single(one: AnyCase, ctx: AwsContext, address: Address, key: string): Promise<void> {
  const { kind } = one;
  const before = one.base(ctx, address);
  const after = one.vary[key]?.(before, ctx, address) ?? before;
  const expected = Object.keys({ ...before, ...after }).filter((name) => !sameValue(before[name], after[name]));
  expect(expected).toContain(key);
  const live = await make(one, ctx, address, before);
  expect(changedKeys(kind, ctx, address, after, live)).toEqual(expected.toSorted());
  const write = writeOf(ctx, kind, desiredOf(kind, address, after));
  const names = await send(kind.update(ctx, { ...write, live, changed: new Set(expected) }));
  expect([...new Set(names)]).toEqual(one.calls[key]);
  const now = await readOne(ctx, kind, address, after);
  if (!now) throw new Error("gone");
  expect(changedKeys(kind, ctx, address, after, now)).toEqual([]);
  expect(now.owner).toBe(ctx.owner);
}

async function takenBack(one: AnyCase, ctx: AwsContext, address: Address, key: string): Promise<void> {
  const { kind } = one;
  const props = one.base(ctx, address);
  const live = await make(one, ctx, address, props);
  const { [key]: gone, ...rest } = props;
  expect(gone).toBeDefined();
  const write = writeOf(ctx, kind, desiredOf(kind, address, rest));
  const names = await send(kind.update(ctx, { ...write, live, changed: new Set([key]) }));
  expect(names.length).toBeGreaterThan(0);
  const now = (await readOne(ctx, kind, address, props))?.props as Record<string, unknown> | undefined;
  const rules = (kind.fields ?? {}) as Readonly<Record<string, FieldRule>>;
  expect(now?.[key] ?? rules[key]?.unset).toEqual(rules[key]?.unset);
}

async function behind(one: AnyCase, ctx: AwsContext, address: Address, key: string): Promise<void> {
  const { kind } = one;
  const props = one.base(ctx, address);
  await make(one, ctx, address, props);
  await one.outside[key]?.(ctx, address);
  const live = await readOne(ctx, kind, address, props);
  // Entries that carry the ownership themselves may be gone altogether: then they are made again.
  if (!live) {
    await make(one, ctx, address, props);
  } else {
    const changed = changedKeys(kind, ctx, address, props, live);
    expect(changed).toContain(key);
    const write = writeOf(ctx, kind, desiredOf(kind, address, props));
    await send(kind.update(ctx, { ...write, live, changed: new Set(changed) }));
  }
  const now = await readOne(ctx, kind, address, props);
  expect(now && changedKeys(kind, ctx, address, props, now)).toEqual([]);
}

/** Denies each call of a read in turn. */
async function denied(one: AnyCase, { endpoint, proxy }: Place, address: Address, props: object): Promise<void> {
  const ctx = worldAt({ endpoint });
  let calls = 0;
  proxy.refuse(() => void (calls += 1));
  await readOne(ctx, one.kind, address, props);
  const total = calls;
  expect(total).toBeGreaterThan(0);
  for (let nth = 0; nth < total; nth += 1) {
    await proxy.quiet();
    let refused = "";
    proxy.refuse(({ index, method, path, body }) => {
      if (index !== nth) return undefined;
      refused = `${method} ${path} ${body.toString("utf8", 0, 120)}`;
      return DENIED;
    });
    const outcome = await readOne(ctx, one.kind, address, props).then(
      () => "an answer",
      (error: unknown) => error,
    );
    if (refused) expect(outcome, `denied: ${refused}`).toBeInstanceOf(Error);
  }
  proxy.pass();
}

/** Top-level props that differ, as the engine sees it. */
function changedKeys(
  kind: AnyKind<AwsContext>,
  ctx: AwsContext,
  address: Address,
  props: object,
  live: Live,
): string[] {
  const found = differences(kind, desiredOf(kind, address, props), { ...live, tags: {} }, marksOf(ctx));
  const keys = found.map(({ path }) => path.split(".")[0] ?? "").filter((key) => key !== "tags");
  return [...new Set(keys)].toSorted();
}
