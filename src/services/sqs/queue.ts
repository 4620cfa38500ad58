import type { AwsContext } from "../../aws/context.ts";
import type { Call, Kind, Live, Tags, Wanted } from "../../engine/types.ts";
import { call, forget, readEach, sameJson, tagged, taggedAddresses, unless } from "../kit.ts";
import { parsePolicy, samePolicies, withStatements } from "../statements.ts";
import { type Attributes, attributesOf, propsOf } from "./attributes.ts";
import { lint } from "./lint.ts";
import type { QueueProps } from "./props.ts";
import { sqsClient } from "./client.ts";
import { queueUrl, sqsArn } from "./arn.ts";

/** The JSON protocol's word, and that of the older one. */
const ABSENT = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"] as const;
const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

const client = (ctx: AwsContext) => ctx.clients.of(sqsClient);

async function attributes(ctx: AwsContext, name: string): Promise<Attributes> {
  const { Attributes: found = {} } = await (
    await client(ctx)
  ).getQueueAttributes({ QueueUrl: queueUrl(ctx, name), AttributeNames: ["All"] });
  return found;
}

async function ownTags(ctx: AwsContext, name: string): Promise<Tags | undefined> {
  const sqs = await client(ctx);
  const answer = await unless(ABSENT, sqs.listQueueTags({ QueueUrl: queueUrl(ctx, name) }));
  return answer && (answer.Tags ?? {});
}

async function read(ctx: AwsContext, wanted: Wanted): Promise<Live<QueueProps> | undefined> {
  const { name } = wanted;
  const found = unless(ABSENT, attributes(ctx, name));
  return tagged(ctx, wanted, found, { arn: sqsArn.queue(ctx, name), own: () => ownTags(ctx, name) }, propsOf);
}

/** SQS shows a change within a minute: what is read before would look like drift. */
const RENEWED_MS = 90_000;

const equal = (key: string, a: unknown, b: unknown): boolean =>
  key === "statements" ? samePolicies(a, b) : sameJson(a, b);

function settled(ctx: AwsContext, name: string, wanted: Partial<QueueProps>): Pick<Call, "ready" | "readyWithinMs"> {
  return {
    readyWithinMs: RENEWED_MS,
    ready: async () => {
      const found = await unless(ABSENT, attributes(ctx, name));
      if (!found) return "the queue is not visible yet";
      const live: Readonly<Record<string, unknown>> = { ...propsOf(found) };
      const late = Object.entries(wanted).some(([key, value]) => !equal(key, live[key], value));
      return late ? "the queue still shows its old settings" : true;
    },
  };
}

async function create(ctx: AwsContext, name: string, props: QueueProps, tags: Record<string, string>): Promise<void> {
  const policy = withStatements(parsePolicy(undefined), props.statements);
  await (
    await client(ctx)
  ).createQueue({
    QueueName: name,
    Attributes: {
      ...attributesOf(props, () => true, true),
      ...(policy.Statement.length > 0 ? { Policy: JSON.stringify(policy) } : {}),
    },
    tags,
  });
}

/** One call for all that changes. The policy is read, merged and written: other people's statements stay. */
async function set(ctx: AwsContext, name: string, props: QueueProps, changed: ReadonlySet<string>): Promise<void> {
  const merged = changed.has("statements")
    ? withStatements(parsePolicy((await attributes(ctx, name))["Policy"]), props.statements)
    : undefined;
  // An empty text takes the policy off; a policy without statements is refused.
  const policy = merged && (merged.Statement.length > 0 ? JSON.stringify(merged) : "");
  await (
    await client(ctx)
  ).setQueueAttributes({
    QueueUrl: queueUrl(ctx, name),
    Attributes: {
      ...attributesOf(props, (key) => changed.has(key), false),
      ...(policy === undefined ? {} : { Policy: policy }),
    },
  });
}

/** Messages in it, as far as SQS tells: the numbers lag behind by up to a minute. */
async function messages(ctx: AwsContext, name: string): Promise<number> {
  const sqs = await client(ctx);
  const answer = await unless(
    ABSENT,
    sqs.getQueueAttributes({ QueueUrl: queueUrl(ctx, name), AttributeNames: [...COUNTS] }),
  );
  return COUNTS.reduce((sum, key) => sum + Number(answer?.Attributes?.[key] ?? 0), 0);
}

export const queue: Kind<QueueProps, AwsContext> = {
  name: "sqs.queue",
  fields: {
    statements: { equal: samePolicies },
    fifo: { onChange: "replace", unset: false },
    contentBasedDeduplication: { unset: false },
    deduplicationScope: { unset: "queue" },
    fifoThroughputLimit: { unset: "perQueue" },
    kmsReuseSeconds: { unset: 300 },
    redriveAllow: { unset: { permission: "allowAll" } },
  },
  handles: (ctx, { name }) => [sqsArn.queue(ctx, name)],
  // The queues of `redriveAllow` are named only: they need this one.
  needs: (_ctx, _address, { encryption, redrive }) => [encryption, ...(redrive ? [redrive.queueArn] : [])],
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
  owned: (ctx) => taggedAddresses(ctx, "sqs.queue", "sqs", ""),
  *create(ctx, { address: { name }, props, tags }) {
    yield call("sqs:CreateQueue", () => create(ctx, name, props, { ...tags }), {
      creates: true,
      ...settled(ctx, name, {}),
    });
  },
  *update(ctx, { address: { name }, props, changed }) {
    if (changed.size === 0) return;
    const wanted = Object.fromEntries(Object.entries(props).filter(([key]) => changed.has(key)));
    yield call("sqs:SetQueueAttributes", () => set(ctx, name, props, changed), settled(ctx, name, wanted));
  },
  *delete(ctx, { name }) {
    yield forget("sqs:DeleteQueue", ABSENT, async () =>
      (await client(ctx)).deleteQueue({ QueueUrl: queueUrl(ctx, name) }),
    );
  },
  *retag(ctx, { name }, _live, add, remove) {
    const QueueUrl = queueUrl(ctx, name);
    if (Object.keys(add).length > 0)
      yield call("sqs:TagQueue", async () => (await client(ctx)).tagQueue({ QueueUrl, Tags: { ...add } }));
    if (remove.length > 0)
      yield call("sqs:UntagQueue", async () => (await client(ctx)).untagQueue({ QueueUrl, TagKeys: [...remove] }));
  },
  lane: ({ name }) => `sqs ${name}`,
  async holdsData(ctx, { name }) {
    const count = await messages(ctx, name);
    return count > 0 ? `holds ${count} message${count === 1 ? "" : "s"}` : undefined;
  },
  lint,
  permissions: {
    read: ["sqs:GetQueueAttributes", "sqs:ListQueueTags", "tag:GetResources"],
    create: ["sqs:CreateQueue", "sqs:TagQueue"],
    update: ["sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"],
    delete: ["sqs:DeleteQueue"],
  },
};
