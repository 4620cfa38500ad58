import { writeTags } from "./decide.ts";
import { CallFailed, drive, type Sending, type StepScope } from "./send.ts";
import {
  type AnyKind,
  type Calls,
  type Change,
  type Desired,
  type FaultClass,
  type Guard,
  type Live,
  type Marks,
  type Step,
  type Tags,
  type Write,
  isGuarded,
} from "./types.ts";

export interface StepInput<C> {
  readonly ctx: C;
  readonly kind: AnyKind<C>;
  readonly step: Step;
  readonly marks: Marks;
  readonly scope: StepScope;
  readonly sending: Sending;
  /** Done right before the resource is deleted: removes the lease from its bucket. */
  readonly beforeDelete?: () => Promise<void>;
  /** Its emptying, where that has begun already. */
  readonly emptying?: Calls | undefined;
}

/** Passes over a bucket that somebody still writes to, before giving up. */
const EMPTY_PASSES = 3;
const HOPELESS: ReadonlySet<FaultClass> = new Set(["denied", "credentials", "unreachable"]);

const GUARDED: Readonly<Partial<Record<Step["action"], Guard>>> = {
  create: "make",
  update: "change",
  replace: "change",
  delete: "delete",
};

/** Carries out one step. Answers why the resource stays as it is, when it does. */
export async function runStep<C>(input: StepInput<C>): Promise<string | undefined> {
  try {
    return await carryOut(input);
  } catch (error) {
    const { kind, step, ctx } = input;
    const what = GUARDED[step.action];
    if (!isGuarded(kind, step.address) || !what || !(error instanceof CallFailed) || error.fault.class !== "denied")
      throw error;
    // It was not made after all: nobody waits for it to show.
    const handles = step.desired ? kind.handles(ctx, step.address, step.desired.props) : [];
    for (const handle of handles) input.sending.touched.delete(handle);
    const { text, fix } = kind.guarded(ctx, step.address, what);
    return `${text} (${error.fault.text}). ${fix}`;
  }
}

async function carryOut<C>(input: StepInput<C>): Promise<string | undefined> {
  const { step } = input;
  if (step.refused) throw new CallFailed({ class: "user", ...step.refused });
  switch (step.action) {
    case "create":
      await create(input);
      return undefined;
    case "update":
      await update(input);
      return undefined;
    case "replace":
      await replace(input);
      return undefined;
    case "delete":
      return remove(input);
    case "keep":
      await strip(input);
      return step.kept;
  }
}

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new CallFailed({ class: "bug", code: "internal", text: `a step without ${what}` });
  return value;
}

function writing<C>({ kind, step, marks }: StepInput<C>): Write & { desired: Desired } {
  const desired = needed(step.desired, "a declaration");
  const { props, content } = desired;
  return { address: step.address, props, tags: writeTags(kind, desired, marks), content, desired };
}

async function create<C>(input: StepInput<C>): Promise<void> {
  const { ctx, kind, scope, sending } = input;
  const { desired: _, ...write } = writing(input);
  scope.deleting = false;
  try {
    await drive(() => kind.create(ctx, write), scope, sending);
  } catch (error) {
    if (!(error instanceof CallFailed) || error.fault.class !== "exists") throw error;
    throw new CallFailed(
      { ...error.fault, fix: error.fault.fix ?? "It appeared since the plan was made: run `diff` to see what it is." },
      { cause: error },
    );
  }
}

/** Attribute paths begin with the prop's name; tags are the engine's own. */
const changedProps = (step: Step): ReadonlySet<string> =>
  new Set(step.attributes.filter(({ path }) => !path.startsWith("tags.")).map(({ path }) => path.split(".")[0] ?? ""));

async function update<C>(input: StepInput<C>): Promise<void> {
  const { ctx, kind, step, scope, sending } = input;
  const live = needed(step.live, "a live state");
  const { desired: _, ...write } = writing(input);
  const change: Change = { ...write, live, changed: changedProps(step) };
  try {
    if (change.changed.size > 0) await drive(() => kind.update(ctx, change), scope, sending);
    await retag(input, live, write.tags);
  } catch (error) {
    // Gone since the plan was made: then it is made.
    if (!(error instanceof CallFailed) || error.fault.class !== "absent") throw error;
    if (await scope.read()) throw error;
    await create(input);
  }
}

async function retag<C>(
  { ctx, kind, step, marks, scope, sending }: StepInput<C>,
  live: Live,
  tags: Tags,
): Promise<void> {
  const retags = kind.retag?.bind(kind);
  if (kind.untaggable || !retags) return;
  const set = Object.fromEntries(Object.entries(tags).filter(([key, value]) => live.tags[key] !== value));
  const remove = step.attributes
    .filter(({ path, after }) => path.startsWith("tags.") && after === undefined)
    .map(({ path }) => path.slice("tags.".length))
    .filter((key) => key !== marks.ownerKey && key !== marks.appliedKey);
  if (Object.keys(set).length === 0 && remove.length === 0) return;
  await drive(() => retags(ctx, step.address, live, set, remove), scope, sending);
}

async function replace<C>(input: StepInput<C>): Promise<void> {
  const data = await remove(input);
  if (data !== undefined) {
    throw new CallFailed({
      class: "user",
      code: "holds_data",
      text: `it cannot be replaced: ${data}`,
      fix: "`--include-data` deletes what it holds.",
    });
  }
  await create(input);
}

async function remove<C>(input: StepInput<C>): Promise<string | undefined> {
  const { ctx, kind, step } = input;
  const live = needed(step.live, "a live state");
  const { scope } = input;
  if (step.with !== undefined) return undefined;
  scope.deleting = true;
  await input.beforeDelete?.();
  const empty = step.empty ? kind.empty?.bind(kind) : undefined;
  let begun = input.emptying;
  const emptying = (): Calls => {
    const known = begun;
    begun = undefined;
    return known ?? empty?.(ctx, step.address, live) ?? [];
  };
  // What was looked up before its turn may be old: it counts as no pass.
  for (let pass = begun ? 0 : 1; ; pass += 1) {
    // Emptying has passes of its own: where those do not suffice, more of them do not either.
    if (empty) await drive(emptying, scope, input.sending);
    try {
      await drive(() => kind.delete(ctx, step.address, live), scope, input.sending);
      return undefined;
    } catch (error) {
      if (!(error instanceof CallFailed) || !kind.holdsData || HOPELESS.has(error.fault.class)) throw error;
      // Something was put into it since the plan was made.
      const data = await kind.holdsData(ctx, step.address, live, new Set()).catch(() => undefined);
      if (data === undefined) throw error;
      if (!step.empty) return data;
      if (pass === EMPTY_PASSES) throw writtenTo(error);
    }
  }
}

/** It was emptied, more than once. */
const writtenTo = ({ fault }: CallFailed): CallFailed =>
  new CallFailed({
    ...fault,
    text: `${fault.text}: still not empty after ${EMPTY_PASSES} passes, somebody writes to it`,
    fix: "Stop whatever writes to it, then run the same command again.",
  });

async function strip<C>({ ctx, kind, step, scope, sending }: StepInput<C>): Promise<void> {
  const live = needed(step.live, "a live state");
  const calls: (() => Calls) | undefined = kind.strip && (() => kind.strip?.(ctx, step.address, live) ?? []);
  if (step.strip && calls) await drive(calls, scope, sending);
}
