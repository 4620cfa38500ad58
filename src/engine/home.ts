import { writeTags } from "./decide.ts";
import { aside } from "./aside.ts";
import { CallFailed, drive, Interrupted } from "./send.ts";
import { readOne } from "./observe.ts";
import { errorsOf } from "./plan.ts";
import type { RunInput } from "./run-input.ts";
import { addressText, type ApplyError, type Calls, type Plan, type Sent, type Step } from "./types.ts";

/**
 * Makes the resource that carries the lease, and no more of it than the creating call (which carries our mark): whoever
 * comes second at this finds it there, and everything else about it is planned and done under the lease.
 */
export async function bringHome<C>(input: RunInput<C>, plan: Plan): Promise<ApplyError | "made" | "there"> {
  const step = homeStep(plan, input.leaseHome) ?? (await planHome(input));
  if (step === "there" || "code" in step) return step;
  const kind = input.kinds.find(({ name }) => name === step.address.kind);
  const { desired } = step;
  if (!kind || !desired)
    return {
      code: "internal",
      text: `${input.leaseHome} cannot carry the lease`,
      fix: "This is a bug: please report it.",
    };
  const tags = writeTags(kind, desired, input.marks);
  const write = { address: step.address, props: desired.props, tags, content: desired.content };
  try {
    const read = () => readOne(kind, input.ctx, step.address);
    await drive(() => upToCreation(kind.create(input.ctx, write)), ...aside(input, read));
    return "made";
  } catch (error) {
    if (error instanceof CallFailed)
      return {
        code: error.fault.code,
        text: `${addressText(step.address)}: ${error.fault.text}`,
        ...(error.fault.fix ? { fix: error.fault.fix } : {}),
      };
    if (error instanceof Interrupted)
      return { code: "interrupted", text: "interrupted", fix: "Run the same command again." };
    throw error;
  }
}

const homeStep = (plan: Plan, home: string): Step | undefined =>
  plan.steps.find((step) => addressText(step.address) === home && step.action === "create");

/** The lease's bucket was not selected, or somebody has made it since: it is planned by itself. */
async function planHome<C>(input: RunInput<C>): Promise<Step | ApplyError | "there"> {
  const plan = await input.makePlan("home", true);
  const [error] = errorsOf(plan);
  if (error) return { code: error.code, text: `${error.at}: ${error.text}`, fix: error.fix };
  if (plan.steps.some(({ address, action }) => addressText(address) === input.leaseHome && action !== "create"))
    return "there";
  return (
    homeStep(plan, input.leaseHome) ?? {
      code: "lease_homeless",
      text: `${input.leaseHome} carries the lease, and is neither there nor declared`,
      fix: `Declare ${input.leaseHome}.`,
    }
  );
}

/** No more than the creating call: it carries our mark. */
async function* upToCreation(calls: Calls): AsyncGenerator<Sent> {
  for await (const sent of calls) {
    yield sent;
    if ("send" in sent && sent.creates) return;
  }
}
