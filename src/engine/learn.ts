import { type Mints, references, settled } from "./minted.ts";
import { CallFailed, drive, type Sending, type StepScope } from "./send.ts";
import { addressText, type Step } from "./types.ts";

/** The step with every value in it that was minted since the plan was made. */
export function withMinted(step: Step, mints: Mints): Step {
  if (!step.desired || step.action === "keep") return step;
  const props = settled(step.desired.props, mints.of);
  const [missing] = references(props);
  if (missing)
    throw new CallFailed({
      class: "user",
      code: "minted_missing",
      text: `it needs ${missing.what} of ${missing.of}, which AWS has not told`,
      fix: `See what \`diff\` says of ${missing.of}, then run the same command again.`,
    });
  return props === step.desired.props ? step : { ...step, desired: { ...step.desired, props } };
}

/** Somebody waits for what AWS has minted: where no answer told it, it is read, and read again while AWS is behind. */
export async function learn(step: Step, mints: Mints, scope: StepScope, sending: Sending): Promise<void> {
  const at = addressText(step.address);
  if (!step.desired || mints.missing(at).length === 0) return;
  const ready = async (): Promise<true | string> => {
    mints.learn(at, (await scope.read())?.minted ?? {});
    const [missing] = mints.missing(at);
    return missing === undefined || `AWS does not tell ${missing} of ${at} yet`;
  };
  const name = `${step.address.kind.split(".")[0]}:Read`;
  await drive(() => [{ name, send: async () => undefined, ready }], scope, sending);
}
