import type { FindingCode } from "../../codes/index.ts";
import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { NO_SSE, SSE_SQS } from "./attributes.ts";
import type { QueueProps } from "./props.ts";

type Mistake = readonly [code: FindingCode, text: string, fix: string];

/** What a FIFO queue and its name must have in common, and what only FIFO queues have. */
function fifoMistakes(name: string, props: QueueProps): Mistake[] {
  const { fifo = false, contentBasedDeduplication, deduplicationScope, fifoThroughputLimit, redrive } = props;
  const only = Object.entries({ contentBasedDeduplication, deduplicationScope, fifoThroughputLimit })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  return [
    // "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix"
    ...(fifo !== name.endsWith(".fifo")
      ? [
          [
            "queue_fifo",
            fifo
              ? `the name ${name} of a FIFO queue does not end in .fifo`
              : `${name} ends in .fifo and is no FIFO queue`,
            fifo ? "Give it a `name` that does." : "Say `fifo: true`, or give it another `name`.",
          ] as const,
        ]
      : []),
    ...(!fifo && only.length > 0
      ? [["queue_fifo", `only FIFO queues have ${only.join(", ")}`, "Say `fifo: true`, or leave it out."] as const]
      : []),
    // "perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup"
    ...(fifoThroughputLimit === "perMessageGroupId" && deduplicationScope !== "messageGroup"
      ? [
          [
            "queue_fifo",
            "fifoThroughputLimit perMessageGroupId goes with deduplicationScope messageGroup alone",
            "Say both.",
          ] as const,
        ]
      : []),
    // "The dead letter queue of a FIFO queue must also be a FIFO queue"
    ...(redrive && redrive.queueArn.endsWith(".fifo") !== fifo
      ? [
          [
            "queue_redrive",
            "a FIFO queue leaves messages to a FIFO queue, and any other to one that is none",
            "Name another queue in `redrive`.",
          ] as const,
        ]
      : []),
  ];
}

/** SQS answers it for a queue under a KMS key alone. */
const reuseMistakes = ({ encryption, kmsReuseSeconds }: QueueProps): Mistake[] =>
  kmsReuseSeconds !== undefined && (encryption === SSE_SQS || encryption === NO_SSE)
    ? [
        [
          "queue_reuse",
          "kmsDataKeyReuseSeconds has no meaning without a KMS key",
          "Give it a `kmsKeyId`, or leave it out.",
        ],
      ]
    : [];

/** What SQS would refuse. */
export function lint(address: Address, props: QueueProps): readonly Finding[] {
  const keys = Object.keys(props.statements)
    .filter((key) => !/^[A-Za-z0-9]+$/.test(key))
    .map((key): Mistake => ["statement_key", `"${key}" cannot be part of a Sid`, "Use letters and digits."]);
  return [...fifoMistakes(address.name, props), ...reuseMistakes(props), ...keys].map(([code, text, fix]) => ({
    code,
    level: "error",
    at: addressText(address),
    text,
    fix,
  }));
}
