import { writeTags } from "./decide.ts";
import type { RunInput } from "./run-input.ts";
import { drive, type Sending, sendingOf, type StepScope } from "./send.ts";
import type { Plan, Step, Write } from "./types.ts";

/** What it takes to send calls that are no step of a plan: they are sent with the same patience, and nobody hears of it. */
export function aside<C>(input: RunInput<C>, read: StepScope["read"]): [StepScope, Sending] {
  return [
    {
      owner: input.marks.owner,
      deleting: false,
      fresh: false,
      progressed: false,
      waiting: () => undefined,
      progress: () => undefined,
      read,
    },
    sendingOf(input),
  ];
}

/**
 * What kinds write down of all that is as declared now (`Kind.record`), where the plan did something about one of them or had to
 * read it by itself. Only of a whole plan, and a failure is none of the apply's: the next reading costs more, and that is all.
 */
export async function leaveRecords<C>(input: RunInput<C>, { steps, mode }: Plan): Promise<void> {
  if (mode !== "apply" || input.partial) return;
  for (const kind of input.kinds) {
    const record = kind.record?.bind(kind);
    const own = steps.filter(({ address, desired }) => desired && address.kind === kind.name);
    const news = own.some(({ action, live }) => action !== "keep" || live?.searched !== true);
    if (!record || !news) continue;
    const writes = own.flatMap((step) => writeOf(step, (desired) => writeTags(kind, desired, input.marks)));
    await drive(() => record(input.ctx, writes), ...aside(input, () => Promise.resolve(undefined))).catch(
      () => undefined,
    );
  }
}

function writeOf({ address, desired }: Step, tags: (desired: NonNullable<Step["desired"]>) => Write["tags"]): Write[] {
  if (!desired) return [];
  const { props, content } = desired;
  return [{ address, props, tags: tags(desired), ...(content ? { content } : {}) }];
}
