import { meanings } from "../../codes/meaning.ts";

/** What SNS would refuse, or what surprises about it. */
export const findings = meanings({
  subscription_endpoint: {
    what: "A subscription by e-mail has no address.",
    why: "There is no @ in it.",
    todo: "Give an address.",
  },
  subscription_pending: {
    what: "A subscription is not confirmed and gets no alerts yet.",
    why: "Its link was not followed; AWS forgets the request after about three days.",
    todo: "Follow the link, or `apply` to have it sent again.",
  },
  subscription_protocol: {
    what: "A subscription does not start with a protocol that SNS has.",
    why: "It is written as `protocol:endpoint`.",
    todo: "Start it with one of those that the finding lists.",
  },
  subscription_role: {
    what: "A subscription of Firehose has no role to deliver under.",
    why: "SNS needs one.",
    todo: "Give it a `roleArn`.",
  },
  topic_fifo: {
    what: "A FIFO topic and what belongs to it do not fit.",
    why: "Its name ends in .fifo, others' do not; it tells queues alone, and some settings are of FIFO topics alone.",
    todo: "Change what the finding names.",
  },
  too_many_subscriptions: {
    what: "A topic has more subscriptions than can be remembered in its tags.",
    why: "Which of them are ours is kept there.",
    todo: "Declare fewer, or make a second topic.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceFindings {
    readonly sns: typeof findings;
  }
}
