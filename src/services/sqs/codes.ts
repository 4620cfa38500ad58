import { meanings } from "../../codes/meaning.ts";

/** What SQS refuses. */
export const errors = meanings({
  queue_deleted_recently: {
    what: "SQS does not give the name of a deleted queue away yet.",
    why: "It keeps it for a minute.",
    todo: "Run the same command again.",
  },
  queue_not_ready: {
    what: "SQS does not know the queue for dead letters.",
    why: "It is new, or `redrive` names one that is not there.",
    todo: "Run the same command again; if it stays, correct `redrive`.",
  },
});

/** What SQS would refuse, or what surprises about it. */
export const findings = meanings({
  queue_fifo: {
    what: "A FIFO queue and what belongs to it do not fit.",
    why: "Its name ends in .fifo, others' do not, and some settings are of FIFO queues alone.",
    todo: "Change what the finding names.",
  },
  queue_redrive: {
    what: "A queue leaves messages to one of the other sort.",
    why: "The dead-letter queue of a FIFO queue is one too, that of another is not.",
    todo: "Name another queue in `redrive`.",
  },
  queue_reuse: {
    what: "How long a data key is used again is said of a queue without a KMS key.",
    why: "It has no meaning there.",
    todo: "Give it a `kmsKeyId`, or leave it out.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly sqs: typeof errors;
  }
  interface ServiceFindings {
    readonly sqs: typeof findings;
  }
}
