import { describe, expect, test } from "vitest";
import { iamAction } from "../../src/aws/iam-action.ts";
import { PartialFailure } from "../../src/aws/faults.ts";
import { patientRead } from "../../src/aws/patient-read.ts";
import { VirtualClock } from "../engine/virtual-clock.ts";
import { faults } from "../../src/services/faults.ts";

const failing = (codes: readonly string[]): (() => Promise<string>) => {
  const left = [...codes];
  return async () => {
    const code = left.shift();
    if (code) throw new PartialFailure(code, "no");
    return "answer";
  };
};

describe("reads are repeated", () => {
  test("after throttles and AWS's own errors", async () => {
    expect(
      await patientRead(
        "glue:GetJob",
        faults,
        new VirtualClock(),
        failing(["ThrottlingException", "InternalFailure", "SlowDown", "InternalServiceException"]),
      ),
    ).toBe("answer");
  });

  test("never after a refusal, an absence or bad credentials", async () => {
    for (const code of ["AccessDeniedException", "EntityNotFoundException", "ExpiredTokenException"]) {
      await expect(patientRead("glue:GetJob", faults, new VirtualClock(), failing([code]))).rejects.toMatchObject({
        name: code,
      });
    }
  });

  test("not for ever", async () => {
    const clock = new VirtualClock();
    const start = clock.now();
    await expect(
      patientRead("glue:GetJob", faults, clock, failing(Array.from({ length: 100 }, () => "ThrottlingException"))),
    ).rejects.toMatchObject({ name: "ThrottlingException" });
    expect(clock.now() - start).toBeLessThan(60_000);
  });

  test("rights are named as IAM names them", () => {
    expect(iamAction("s3", "GetBucketEncryption")).toBe("s3:GetEncryptionConfiguration");
    expect(iamAction("tagging", "GetResources")).toBe("tag:GetResources");
    expect(iamAction("glue", "CreateJob")).toBe("glue:CreateJob");
  });
});
