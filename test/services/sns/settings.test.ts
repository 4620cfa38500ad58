import { describe, expect, test } from "vitest";
import { lint as lintTopic } from "../../../src/services/sns/lint.ts";
import type { TopicProps } from "../../../src/services/sns/props.ts";
import { lint as lintQueue } from "../../../src/services/sqs/lint.ts";
import type { QueueProps } from "../../../src/services/sqs/props.ts";
import { settings } from "../compile/settings.ts";

const { desiredOf } = settings();

const HERE = "eu-central-1:111122223333";

describe("topics and queues of the config's own", () => {
  test("say all that SNS and SQS know, and let each other in", async () => {
    const of = await desiredOf(`
topics:
  news:
    signatureVersion: "2"
    tracing: Active
    statements: {Partner: {Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sns:Subscribe"}}
    feedback: {sqs: {failureRole: "arn:aws:iam::111122223333:role/logs"}}
    subscriptions:
      - {protocol: sqs, endpoint: inbox, filterPolicy: {a: [b]}, filterPolicyScope: MessageBody, redrive: lost}
queues:
  inbox: {retentionSeconds: 60, delaySeconds: 5, receiveWaitSeconds: 20, maxMessageBytes: 2048, sqsManagedSse: false}
  lost: {redriveAllow: {permission: byQueue, queues: [inbox]}}
`);
    const topic = `arn:aws:sns:${HERE}:metriccare_news_dev`;
    expect(of<TopicProps>("sns.topic/news")).toMatchObject({
      signatureVersion: "2",
      tracing: "Active",
      statements: { Partner: { Resource: topic } },
      feedback: { sqs: { failureRole: "arn:aws:iam::111122223333:role/logs" } },
      subscriptions: {
        [`sqs:arn:aws:sqs:${HERE}:metriccare_inbox_dev`]: {
          filterPolicyScope: "MessageBody",
          redriveArn: `arn:aws:sqs:${HERE}:metriccare_lost_dev`,
        },
      },
    });
    expect(of<QueueProps>("sqs.queue/inbox")).toMatchObject({
      encryption: "none",
      retentionSeconds: 60,
      delaySeconds: 5,
      waitSeconds: 20,
      maxMessageBytes: 2048,
    });
    for (const id of ["inbox", "lost"])
      expect(of<QueueProps>(`sqs.queue/${id}`).statements["Topics"]).toMatchObject({
        Principal: { Service: "sns.amazonaws.com" },
        Condition: { ArnEquals: { "aws:SourceArn": [topic] } },
      });
    expect(of<QueueProps>("sqs.queue/lost").redriveAllow).toEqual({
      permission: "byQueue",
      queueArns: [`arn:aws:sqs:${HERE}:metriccare_inbox_dev`],
    });
    // What the config does not name is not managed.
    expect(Object.keys(of<TopicProps>("sns.topic/alerts")).toSorted()).toEqual([
      "displayName",
      "kmsKey",
      "statements",
      "subscriptions",
    ]);
  });
});

describe("what SNS and SQS would refuse", () => {
  const queue = (name: string, more: Partial<QueueProps>): string[] =>
    lintQueue(
      { kind: "sqs.queue", id: "q", name },
      {
        encryption: "sqs",
        retentionSeconds: 60,
        visibilitySeconds: 0,
        delaySeconds: 0,
        waitSeconds: 0,
        maxMessageBytes: 1024,
        redrive: null,
        statements: {},
        ...more,
      },
    ).map(({ code, text }) => `${code} ${text}`);
  const topic = (name: string, more: Partial<TopicProps>): string[] =>
    lintTopic(
      { kind: "sns.topic", id: "t", name },
      { displayName: "", kmsKey: null, statements: {}, subscriptions: {}, ...more },
    ).map(({ code, text }) => `${code} ${text}`);

  test.each([
    [queue("q", { fifo: true }), "queue_fifo the name q of a FIFO queue does not end in .fifo"],
    [queue("q.fifo", {}), "queue_fifo q.fifo ends in .fifo and is no FIFO queue"],
    [queue("q", { deduplicationScope: "queue" }), "queue_fifo only FIFO queues have deduplicationScope"],
    [
      queue("q.fifo", { fifo: true, fifoThroughputLimit: "perMessageGroupId" }),
      "queue_fifo fifoThroughputLimit perMessageGroupId goes with deduplicationScope messageGroup alone",
    ],
    [
      queue("q.fifo", { fifo: true, redrive: { queueArn: `arn:aws:sqs:${HERE}:dead`, maxReceives: 1 } }),
      "queue_redrive a FIFO queue leaves messages to a FIFO queue, and any other to one that is none",
    ],
    [queue("q", { kmsReuseSeconds: 60 }), "queue_reuse kmsDataKeyReuseSeconds has no meaning without a KMS key"],
    [topic("t", { fifo: true }), "topic_fifo the name t of a FIFO topic does not end in .fifo"],
    [topic("t", { archiveDays: 3 }), "topic_fifo only FIFO topics have archiveDays"],
    [
      topic("t.fifo", {
        fifo: true,
        subscriptions: { "email:a@b": { rawMessageDelivery: false, filterPolicy: null } },
      }),
      "topic_fifo a FIFO topic tells queues alone, not email:a@b",
    ],
  ])("%s", (found, text) => expect(found).toEqual([text]));

  test("nothing of what is right", () => {
    expect(queue("q.fifo", { fifo: true, contentBasedDeduplication: true })).toEqual([]);
    expect(topic("t.fifo", { fifo: true, archiveDays: 3 })).toEqual([]);
  });
});
