import { expect, test } from "vitest";
import type { AnyKind } from "../../src/engine/types.ts";
import { kinds } from "../../src/services/index.ts";
import { tagged } from "../../src/services/kit.ts";
import { standIn } from "../harness/clients.ts";
import { worldAt } from "../harness/world.ts";

/**
 * Another apply makes a thing between two answers: AWS says that it is there, and has said of its tags that there are none.
 * Whoever asks for both at once takes it for a stranger's.
 */
const OWNER = "kinds/test";
const NAME = "kinds_one_test";

/** A service in which the thing comes to be in the middle of the first answer about it. `gone`: and ends with that answer. */
class Service {
  there = false;
  constructor(
    readonly absent: string,
    readonly gone = false,
  ) {}

  /** Is under way as the thing is made. */
  thing<T>(answer: T): () => Promise<T> {
    return async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.there = !this.gone;
      return answer;
    };
  }

  /** What hangs on the thing: told as soon as it is there. */
  part<T>(answer: T): () => Promise<T> {
    return async () => {
      if (this.there) return answer;
      throw Object.assign(new Error(this.absent), { name: this.absent });
    };
  }
}

const pairs = [{ Key: "metriccare:owner", Value: OWNER }];
const map = { "metriccare:owner": OWNER };

/** By kind: AWS's word for "not there", and the service's answers. */
const PATTERNS: Readonly<
  Record<string, { absent: string; name?: string; client: string; calls: (service: Service) => object }>
> = {
  "logs.group": {
    absent: "ResourceNotFoundException",
    client: "logs",
    calls: (service) => ({
      describeLogGroups: service.thing({ logGroups: [{ logGroupName: NAME }] }),
      listTagsForResource: service.part({ tags: map }),
    }),
  },
  "glue.job": {
    absent: "EntityNotFoundException",
    client: "glue",
    calls: (service) => ({
      batchGetJobs: service.thing({ Jobs: [{ Name: NAME }] }),
      getTags: service.part({ Tags: map }),
    }),
  },
  "glue.database": {
    absent: "EntityNotFoundException",
    client: "glue",
    calls: (service) => ({
      getDatabase: service.thing({ Database: { Name: NAME } }),
      getTags: service.part({ Tags: map }),
    }),
  },
  "glue.connection": {
    absent: "EntityNotFoundException",
    client: "glue",
    calls: (service) => ({
      getConnection: service.thing({ Connection: { Name: NAME } }),
      getTags: service.part({ Tags: map }),
    }),
  },
  "events.rule": {
    absent: "ResourceNotFoundException",
    client: "events",
    calls: (service) => ({
      describeRule: service.thing({ Name: NAME }),
      listTargetsByRule: service.thing({ Targets: [] }),
      listTagsForResource: service.part({ Tags: pairs }),
    }),
  },
  "dynamodb.table": {
    absent: "ResourceNotFoundException",
    client: "dynamodb",
    calls: (service) => ({
      describeTable: service.thing({ Table: { TableName: NAME, TableStatus: "ACTIVE" } }),
      describeTimeToLive: service.part({}),
      describeContinuousBackups: service.part({}),
      listTagsOfResource: service.part({ Tags: pairs }),
    }),
  },
  "sns.topic": {
    absent: "NotFoundException",
    client: "sns",
    calls: (service) => ({
      getTopicAttributes: service.thing({ Attributes: {} }),
      listSubscriptionsByTopic: service.part({ Subscriptions: [] }),
      listTagsForResource: service.part({ Tags: pairs }),
    }),
  },
  "sqs.queue": {
    absent: "QueueDoesNotExist",
    client: "sqs",
    calls: (service) => ({
      getQueueAttributes: service.thing({ Attributes: {} }),
      listQueueTags: service.part({ Tags: map }),
    }),
  },
  "s3.object": {
    absent: "NoSuchKey",
    name: "bucket/key",
    client: "s3",
    calls: (service) => ({
      headObject: service.thing({ ContentLength: 1 }),
      getObjectTagging: service.part({ TagSet: pairs }),
    }),
  },
  "scheduler.group": {
    absent: "ResourceNotFoundException",
    client: "scheduler",
    calls: (service) => ({
      getScheduleGroup: service.thing({ Name: NAME }),
      listTagsForResource: service.part({ Tags: pairs }),
    }),
  },
  "scheduler.schedule": {
    absent: "ResourceNotFoundException",
    name: "group/one",
    client: "scheduler",
    calls: (service) => ({
      getSchedule: service.thing({ Name: NAME }),
      listTagsForResource: service.part({ Tags: pairs }),
    }),
  },
};

async function read(kindName: string, service: Service): Promise<string | undefined> {
  const pattern = PATTERNS[kindName];
  const kind = kinds.find(({ name }) => name === kindName);
  if (!pattern || !kind) throw new Error(`no ${kindName}`);
  const name = pattern.name ?? NAME;
  const ctx = worldAt({ endpoint: "http://127.0.0.1:1" });
  standIn(ctx.clients, { [pattern.client]: pattern.calls(service) });
  const found = await (kind as AnyKind<typeof ctx>).read(ctx, [{ kind: kindName, id: "one", name }]);
  const live = found.get(name);
  return live && (live.owner ?? "nobody");
}

test.each(Object.keys(PATTERNS))("%s that another apply makes meanwhile is ours, not a stranger's", async (name) => {
  expect(await read(name, new Service(PATTERNS[name]?.absent ?? ""))).toBe(OWNER);
});

// Of schedules the group has the mark, and what cannot be told from an unmarked one is not ours.
test.each(Object.keys(PATTERNS).filter((name) => name !== "scheduler.schedule"))(
  "%s that goes meanwhile is absent, not a stranger's",
  async (name) => {
    expect(await read(name, new Service(PATTERNS[name]?.absent ?? "", true))).toBeUndefined();
  },
);

test("tags are asked for once, and only of what is there", async () => {
  let asked = 0;
  const place = {
    arn: "arn:one",
    own: async () => {
      asked += 1;
      return map;
    },
  };
  const late = { ...map, Team: "blue" };
  const search = { tagsOf: async (arn: string) => (arn === "arn:one" ? late : undefined) };
  const one = { kind: "glue.job", id: "one", name: NAME };
  expect(await tagged(search, one, undefined, place, () => ({}))).toBeUndefined();
  expect(asked).toBe(0);
  const own = { name: NAME, owner: OWNER, tags: map, props: { a: 1 } };
  expect(await tagged(search, one, {}, place, () => ({ a: 1 }))).toEqual(own);
  expect(asked).toBe(1);
  // A search may stand for them, and says so; what it does not name is asked for.
  const may = { ...one, searched: true };
  expect(await tagged(search, may, {}, place, () => ({ a: 1 }))).toEqual({ ...own, tags: late, searched: true });
  expect(asked).toBe(1);
  expect(await tagged(search, may, {}, { ...place, arn: "arn:new" }, () => ({ a: 1 }))).toEqual(own);
  expect(asked).toBe(2);
});
