import { setTimeout as sleep } from "node:timers/promises";
import type { AwsContext } from "../../src/aws/context.ts";
import { APPLIED_TAG, OWNER_TAG } from "../../src/aws/marks.ts";
import { writeTags } from "../../src/engine/index.ts";
import { contentOf } from "./content.ts";
import type { Address, AnyKind, Call, Calls, Desired, Live, Marks, Write } from "../../src/engine/types.ts";

export const marksOf = (ctx: AwsContext): Marks => ({ ownerKey: OWNER_TAG, appliedKey: APPLIED_TAG, owner: ctx.owner });

export const DECLARED_TAGS = { Project: "kinds", Environment: "test" } as const;

export const desiredOf = (kind: AnyKind<AwsContext>, address: Address, props: object): Desired => ({
  address,
  props,
  tags: kind.untaggable ? {} : DECLARED_TAGS,
  content: contentOf(props),
});

export const writeOf = (ctx: AwsContext, kind: AnyKind<AwsContext>, desired: Desired): Write => ({
  address: desired.address,
  props: desired.props,
  tags: kind.untaggable ? {} : writeTags(kind, desired, marksOf(ctx)),
  content: desired.content,
});

/** Sends calls one after the other, each with its wait; answers their names. `until` ends after the first such call. */
export async function send(calls: Calls, until: (call: Call) => boolean = () => false): Promise<string[]> {
  const names: string[] = [];
  for await (const call of calls) {
    await call.send();
    names.push(call.name);
    await settle(call);
    if (until(call)) break;
  }
  return names;
}

async function settle({ name, ready }: Call): Promise<void> {
  let state = await ready?.();
  for (let tries = 0; typeof state === "string"; tries += 1) {
    if (tries > 300) throw new Error(`${name}: ${state}`);
    await sleep(50);
    state = await ready?.();
  }
}

/** The live state, or undefined. With `props` the optional settings among them are read as well. */
export async function readOne(
  ctx: AwsContext,
  kind: AnyKind<AwsContext>,
  address: Address,
  props?: object,
): Promise<Live | undefined> {
  const live = (await kind.read(ctx, [props ? { ...address, props } : address])).get(address.name);
  return live?.absent ? undefined : live;
}
