import type { AwsContext } from "../aws/context.ts";
import { progress } from "../ui/progress.ts";
import type { Cli } from "./cli.ts";

/** Says that an environment is being read, and how many calls that has taken so far. */
export async function reading<T>(cli: Cli, aws: AwsContext, work: () => Promise<T>): Promise<T> {
  const text = `reading ${aws.env} (account ${aws.account}, ${aws.region})`;
  const shown = await progress(cli.term, text);
  aws.calls.watch = (total) => shown.tick(`${text}: ${total} calls`);
  try {
    return await work();
  } finally {
    aws.calls.watch = undefined;
    shown.done();
  }
}
