import { GLUE_GAPS } from "./gaps-glue.ts";

/** What an emulator cannot do, by name: those checks are skipped and say so. A gap without a reason is a bug of ours. */
export interface Gap {
  readonly emulator: "moto" | "embedded";
  readonly kind: string;
  /**
   * `owned`, `mark`, `foreign-tag`, `random`, `update:<prop>`, `outside:<prop>`; `prop:<prop>` is one that the emulator
   * does not keep at all: random props then have the base's value there.
   */
  readonly check: string;
  readonly reason: string;
}

const moto = (kind: string, check: string, reason: string): Gap => ({ emulator: "moto", kind, check, reason });

export const GAPS: readonly Gap[] = [
  ...GLUE_GAPS,
  moto("lambda.function", "prop:logFormat", "moto keeps no LoggingConfig"),
  moto("lambda.function", "prop:logGroup", "moto keeps no LoggingConfig"),
  ...["ephemeralStorageMb", "kmsKey", "tracing"].flatMap((prop) => [
    moto("lambda.function", `update:${prop}`, "moto's UpdateFunctionConfiguration ignores it"),
    moto("lambda.function", `outside:${prop}`, "moto's UpdateFunctionConfiguration ignores it"),
  ]),
  moto("lambda.function", "update:onSuccessArn", "moto keeps the first PutFunctionEventInvokeConfig beside a second"),
  moto("lambda.function", "update:architecture", "moto's UpdateFunctionCode ignores Architectures"),
  moto("lambda.function", "outside:architecture", "moto's UpdateFunctionCode ignores Architectures"),
  {
    emulator: "embedded",
    kind: "events.rule",
    check: "dead-letter",
    reason:
      "MiniStack delivers no dead letters of a rule's target: what the function makes of them is tested by itself",
  },
  moto("scheduler.group", "owned", "moto's tag search knows no schedule groups"),
  ...["update", "outside"].flatMap((check) => [
    moto("dynamodb.table", `${check}:stream`, "moto enables no stream where there was one before"),
    moto("dynamodb.table", `${check}:encryption`, "moto's UpdateTable ignores SSESpecification"),
    moto("dynamodb.table", `${check}:tableClass`, "moto's UpdateTable ignores TableClass"),
  ]),
  ...(["moto", "embedded"] as const).flatMap((emulator) =>
    ["update:kmsKey", "outside:kmsKey"].map((check): Gap => ({
      emulator,
      kind: "logs.group",
      check,
      reason: "neither moto nor MiniStack has AssociateKmsKey",
    })),
  ),
];

/** The gap that stands in the way of this check, if there is one. */
export const gapOf = (emulator: Gap["emulator"], kind: string, check: string): Gap | undefined =>
  GAPS.find(
    (gap) =>
      gap.emulator === emulator &&
      gap.kind === kind &&
      (gap.check === check || gap.check === check.replace(/^(update|outside):/, "prop:")),
  );
