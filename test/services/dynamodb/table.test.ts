import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address, Live } from "../../../src/engine/types.ts";
import { table } from "../../../src/services/dynamodb/table.ts";
import type { TableProps } from "../../../src/services/dynamodb/props.ts";
import { useEmulator } from "../../harness/use.ts";
import { tableCase } from "../../kind-suite/cases/dynamodb.ts";
import { send } from "../../kind-suite/drive.ts";

const used = useEmulator();

async function made(
  ctx: AwsContext,
  change: Partial<TableProps> = {},
): Promise<{ address: Address; live: Live<TableProps> }> {
  const address = { kind: "dynamodb.table", id: "processed_files", name: nameOf(ctx, "ledger") };
  const props = { ...tableCase.base(ctx, address), ...change };
  await send(table.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  return { address, live: await read(ctx, address) };
}

async function read(ctx: AwsContext, address: Address): Promise<Live<TableProps>> {
  const live = (await table.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no table");
  return live;
}

test("an index whose keys change is deleted and made anew, each in a call of its own", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const index = live.props.indexes["pending"];
  if (!index) throw new Error("no index");
  const props = {
    ...live.props,
    indexes: { pending: { ...index, rangeKey: null, rangeKeyType: null }, by_time: index },
  };
  const names = await send(table.update(ctx, { address, props, tags: {}, live, changed: new Set(["indexes"]) }));
  expect(names).toEqual(["dynamodb:UpdateTable", "dynamodb:UpdateTable", "dynamodb:UpdateTable"]);
  expect((await read(ctx, address)).props.indexes).toEqual(props.indexes);
});

test("capacity of table and index in one call, from on-demand back to provisioned too", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const onDemand = tableCase.vary.billing?.(live.props, ctx, address) ?? live.props;
  const changed = new Set(["billing", "readCapacity", "writeCapacity", "indexes"]);
  await send(table.update(ctx, { address, props: onDemand, tags: {}, live, changed }));
  const middle = await read(ctx, address);
  expect(middle.props).toEqual(onDemand);
  const names = await send(table.update(ctx, { address, props: live.props, tags: {}, live: middle, changed }));
  expect(names).toEqual(["dynamodb:UpdateTable"]);
  expect((await read(ctx, address)).props).toEqual(live.props);
});

test("switching TTL to what it is sends nothing: AWS would refuse it", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx, { ttlAttribute: "expiration_time" });
  const off = { ...live, props: { ...live.props, ttlAttribute: null } };
  const before = ctx.calls.total;
  await send(
    table.update(ctx, { address, props: live.props, tags: {}, live: off, changed: new Set(["ttlAttribute"]) }),
  );
  expect(ctx.calls.entries.slice(before).map(({ operation }) => operation)).toEqual(["DescribeTimeToLive"]);
});

test("TTL is not moved to another attribute in one step", async () => {
  const ctx = used.world();
  const address = { kind: "dynamodb.table", id: "ledger", name: "ledger" };
  const props = { ...tableCase.base(ctx, address), ttlAttribute: "b" };
  const live = { name: "ledger", tags: {}, props: { ...props, ttlAttribute: "a" } };
  expect(table.inspect?.(ctx, address, props, live)).toMatchObject([{ code: "ttl_attribute", level: "error" }]);
  expect(table.inspect?.(ctx, address, props, { ...live, props })).toEqual([]);
  expect(table.inspect?.(ctx, address, props, undefined)).toEqual([]);
});

test("a protected table can be deleted once somebody asks for it, and always counts as data", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx, { deletionProtection: true });
  expect(await table.holdsData?.(ctx, address, live, new Set())).toMatch(/ledger/);
  expect(await send(table.delete(ctx, address, live))).toEqual(["dynamodb:UpdateTable", "dynamodb:DeleteTable"]);
  expect((await table.read(ctx, [address])).size).toBe(0);
});

test("capacities that do not fit the billing are found before anything is sent", () => {
  const address = { kind: "dynamodb.table", id: "ledger", name: "ledger" };
  const base = tableCase.base(used.world(), address);
  const codes = (change: Partial<TableProps>): string[] =>
    (table.lint?.(address, { ...base, ...change }) ?? []).map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ billing: "PAY_PER_REQUEST" })).toEqual(["table_capacity"]);
  expect(codes({ readCapacity: null })).toEqual(["table_capacity"]);
});
