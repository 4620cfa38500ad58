import type { AttributeValue, DynamoDB, QueryCommandInput, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import { fixedOf, guardOf, isRemoval, type Parameters, updateOf, type WriteName } from "../../lakehouse/ledger.ts";
import { command } from "../next.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import { headId } from "./file-id.ts";
import {
  encoded,
  fileOf,
  type Head,
  headOf,
  isExpired,
  type Item,
  itemOf,
  type LedgerFile,
  type LedgerTarget,
  type Values,
} from "./item.ts";
import { dynamodbClient } from "../../services/dynamodb/client.ts";

type Key = Record<string, AttributeValue>;

/** An item that is written whole. */
export interface Whole {
  readonly write: WriteName;
  readonly id: string;
  readonly item: Item;
  readonly parameters?: Parameters;
}

/** An update or a removal of the schema, or a whole item. */
export type Change = Whole | (Omit<Whole, "item"> & { readonly item?: undefined });

/** What DynamoDB says when a condition does not hold, alone or in a transaction, or another one is at it. */
const REFUSED = new Set([
  "ConditionalCheckFailedException",
  "TransactionCanceledException",
  "TransactionConflictException",
]);

/** BatchGetItem takes so many keys. */
const KEYS_A_CALL = 100;

/** A ledger: its table and whoever asks for it, bound once. What reads or writes rows takes one of these. */
export class Ledger {
  readonly ctx: AwsContext;
  readonly table: string;
  readonly hashKey: string;
  readonly ttlAttribute: string | undefined;

  constructor(ctx: AwsContext, target: LedgerTarget) {
    this.ctx = ctx;
    this.table = target.table;
    this.hashKey = target.hashKey;
    this.ttlAttribute = target.ttlAttribute;
  }

  idOf(item: Item): string {
    return item[this.hashKey]?.S ?? "";
  }

  file(item: Item): LedgerFile {
    return fileOf(item, this.hashKey);
  }

  isExpired(item: Item): boolean {
    return isExpired(item, this.ttlAttribute, this.ctx.clock.now());
  }

  /** Asks DynamoDB; a table that is not there is told in words, everything else stays what it is. */
  async ask<T>(work: (dynamo: DynamoDB) => Promise<T>): Promise<T> {
    try {
      return await work(await this.ctx.clients.of(dynamodbClient));
    } catch (error) {
      throw isAbsent(error) ? this.#absent() : error;
    }
  }

  /** Items by id, in batches; what is absent is absent from the map. Unprocessed keys are asked for again. */
  async items(ids: readonly string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    const wanted = [...new Set(ids)];
    for (let at = 0; at < wanted.length; at += KEYS_A_CALL) {
      let keys = wanted.slice(at, at + KEYS_A_CALL).map((id) => this.key(id));
      for (let pause = 50; keys.length > 0; pause = Math.min(pause * 2, 2000)) {
        const asked = keys;
        const answer = await this.ask((dynamo) =>
          dynamo.batchGetItem({ RequestItems: { [this.table]: { Keys: asked, ConsistentRead: true } } }),
        );
        for (const item of answer.Responses?.[this.table] ?? []) found.set(this.idOf(item), item);
        keys = answer.UnprocessedKeys?.[this.table]?.Keys ?? [];
        if (keys.length > 0) await this.ctx.clock.sleep(pause);
      }
    }
    return found;
  }

  async item(id: string): Promise<Item | undefined> {
    return (await this.items([id])).get(id);
  }

  /** Files by their ids; what is absent is absent from the map. */
  async files(ids: readonly string[]): Promise<Map<string, LedgerFile>> {
    return new Map([...(await this.items(ids))].map(([id, item]) => [id, this.file(item)]));
  }

  /** What remembers the generations of a key. */
  async head(bucket: string, key: string): Promise<Head | undefined> {
    return (await this.heads(bucket, [key])).get(key);
  }

  /** The same of many keys, by key; a key that the ledger has never heard of has none. */
  async heads(bucket: string, keys: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    const items = await this.items(keys.map((key) => headId(bucket, key)));
    return new Map(
      keys.flatMap((key) => {
        const item = items.get(headId(bucket, key));
        return item ? [[key, headOf(item)] as const] : [];
      }),
    );
  }

  /** Items of an index, page by page: constant memory. `limit` is the page's, where one is wanted. */
  async *query(search: Omit<QueryCommandInput, "TableName">, limit?: () => number | undefined): AsyncGenerator<Item> {
    let from: Key | undefined;
    do {
      const start = from;
      const most = limit?.();
      const page = await this.ask((dynamo) =>
        dynamo.query({
          TableName: this.table,
          ...search,
          ...(most === undefined ? {} : { Limit: most }),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      yield* page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from);
  }

  /** An update of the schema. False: its condition does not hold, somebody was there first. */
  update(write: WriteName, id: string, parameters: Parameters): Promise<boolean> {
    const { update, condition, names, values } = updateOf(write, parameters, this);
    return this.#unlessRefused((dynamo) =>
      dynamo.updateItem({
        TableName: this.table,
        Key: this.key(id),
        UpdateExpression: update,
        ...(condition ? { ConditionExpression: condition } : {}),
        ExpressionAttributeNames: { ...names },
        ExpressionAttributeValues: encoded(values),
      }),
    );
  }

  /** A whole item of the schema. False: it is there by now. */
  create(write: WriteName, id: string, values: Values): Promise<boolean> {
    const { condition, names } = guardOf(write, this.hashKey);
    return this.#unlessRefused((dynamo) =>
      dynamo.putItem({
        TableName: this.table,
        Item: { ...this.key(id), ...encoded(fixedOf(write)), ...itemOf(values) },
        ConditionExpression: condition,
        ExpressionAttributeNames: { ...names },
      }),
    );
  }

  /** Whole items of the schema, all or none. False: one of them is not as it was seen. */
  createAll(items: readonly Whole[]): Promise<boolean> {
    return this.changeAll(items);
  }

  /** Whole items, updates and removals of the schema, all or none. False: one of them is not as it was seen. */
  changeAll(changes: readonly Change[]): Promise<boolean> {
    const items = changes.map((change) => this.#changeOf(change));
    return this.#unlessRefused((dynamo) => dynamo.transactWriteItems({ TransactItems: items }));
  }

  #changeOf({ write, id, item, parameters = {} }: Change): TransactWriteItem {
    const updated = item || isRemoval(write) ? undefined : updateOf(write, parameters, this);
    const { condition, names, values } = updated ?? guardOf(write, this.hashKey, parameters);
    const at = {
      TableName: this.table,
      ConditionExpression: condition,
      ExpressionAttributeNames: { ...names },
      ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: encoded(values) } : {}),
    };
    if (item) return { Put: { ...at, Item: { ...item, ...encoded(fixedOf(write)), ...this.key(id) } } };
    if (updated) return { Update: { ...at, Key: this.key(id), UpdateExpression: updated.update } };
    return { Delete: { ...at, Key: this.key(id) } };
  }

  /** Takes an item away that no run holds. False: one does. */
  remove(id: string): Promise<boolean> {
    const { condition, names, values } = guardOf("take_away", this.hashKey);
    return this.#unlessRefused((dynamo) =>
      dynamo.deleteItem({
        TableName: this.table,
        Key: this.key(id),
        ConditionExpression: condition,
        ExpressionAttributeNames: { ...names },
        ExpressionAttributeValues: encoded(values),
      }),
    );
  }

  /** What DynamoDB calls the key of an item. */
  key(id: string): Key {
    return { [this.hashKey]: { S: id } };
  }

  #absent(): OperateProblem {
    const { account, region } = this.ctx;
    const text = `The ledger ${this.table} does not exist in ${account}, ${region}`;
    return new OperateProblem("no_ledger", text, command(this.ctx, "apply"), "user", this.table);
  }

  async #unlessRefused(work: (dynamo: DynamoDB) => Promise<unknown>): Promise<boolean> {
    try {
      await this.ask(work);
      return true;
    } catch (error) {
      if (REFUSED.has(errorName(error) ?? "")) return false;
      throw error;
    }
  }
}

/** Whether a ledger was asked for something and is not there. */
export const isNoLedger = (error: unknown): boolean => error instanceof OperateProblem && error.code === "no_ledger";

/** The ledger that a config's outputs name, as these credentials see it. */
export const ledgerOf = (ctx: AwsContext, target: LedgerTarget): Ledger => new Ledger(ctx, target);
