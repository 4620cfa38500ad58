import { setTimeout as sleep } from "node:timers/promises";
import type { AwsContext } from "../../src/aws/context.ts";
import { APPLIED_TAG, OWNER_TAG } from "../../src/aws/marks.ts";
import { writeTags } from "../../src/engine/index.ts";
import { callsOf } from "../../src/engine/send.ts";
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

/** Sends calls one after the other, or side by side as the kind says, each with its wait; answers their names. `until` ends after the first such call. */
export async function send(calls: Calls, until: (call: Call) => boolean = () => false): Promise<string[]> {
  const names: string[] = [];
  for await (const sent of calls) {
    const all = callsOf(sent);
    await Promise.all(all.map((call) => call.send()));
    names.push(...all.map(({ name }) => name));
    for (const call of all) await settle(call);
    if (all.some(until)) break;
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
