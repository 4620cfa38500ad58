import { meanings } from "./meaning.ts";
import { WAY } from "./way.ts";

/** What AWS, the network and the credentials refuse. Where no code stands here, AWS's own is told. */
export const AWS = meanings({
  access_denied: {
    what: "AWS denies the action to whoever runs this.",
    why: "The user or role lacks the right that the message names, or a policy of the resource, the organisation or the boundary denies it.",
    todo: "Allow the action on the resource; `metriccare iam-policy` prints what each kind of user needs.",
  },
  aws_internal_error: {
    what: "AWS had an error of its own.",
    why: "A service answered 5xx, or with something that cannot be read. It was asked again before this was told.",
    todo: "Run the same command again; if it stays, look at AWS's health page.",
  },
  holds_data: {
    what: "A resource cannot be replaced: it holds data.",
    why: "AWS cannot change that attribute in place.",
    todo: "Undo the change, or `--include-data` deletes what it holds.",
  },
  lease_held: {
    what: "Somebody else changes this environment right now.",
    why: "Another apply or destroy holds its lease.",
    todo: "Wait for it (`--wait` does). A dead process's lease ends by itself.",
  },
  lease_homeless: {
    what: "The bucket that carries the lease is neither there nor declared.",
    why: "The config lacks the scripts bucket.",
    todo: "Declare `s3.bucket/scripts`.",
  },
  lease_lost: {
    what: "The lease of the environment went to somebody else while this command worked.",
    why: "This machine slept, or could not reach S3 for longer than the lease lasts.",
    todo: "Run the same command again: it goes on where this one stopped.",
  },
  minted_missing: {
    what: "A step needs a value that AWS mints, and AWS has not told it.",
    why: "The resource that it belongs to failed, or AWS is behind.",
    todo: "See what `diff` says of that resource, then run the same command again.",
  },
  not_ready: {
    what: "AWS did not finish a change within the time that it is given.",
    why: "The service is slow today, or the change cannot be finished.",
    todo: "Run the same command again: it looks at what is there.",
  },
  not_supported: {
    what: "What answers does not know this operation.",
    why: "An emulator, or a region where the service lacks it.",
    todo: "Check the endpoint and the region.",
  },
  principal_not_ready: {
    what: "AWS refuses a policy because it does not know a role or user in it.",
    why: "It is new and IAM has not spread it yet, or it does not exist.",
    todo: "Run the same command again; if it stays, correct the name in the policy.",
  },
  quota_exceeded: {
    what: "A quota of the account is used up.",
    why: "AWS limits how many of these there may be, or how large.",
    todo: "Remove what is not needed, or ask for more in Service Quotas.",
  },
  role_not_ready: {
    what: "AWS cannot use a role yet.",
    why: "It is new and spreads within seconds, or its trust policy does not name the service.",
    todo: "Run the same command again; if it stays, check the trust policy and the rights that the message names.",
  },
  throttled: {
    what: "AWS slows the calls of this account down.",
    why: "Too many calls at once, here or elsewhere in the account. They were repeated more and more slowly.",
    todo: "Run the same command again later.",
  },
  wrong_region: {
    what: "The resource lies in another region.",
    why: "A bucket of that name exists elsewhere.",
    todo: "Check the region of the environment, or give the bucket another `name`.",
  },
  ...WAY,
});
