import { expect, it } from "vitest";
import { FORMS, protocolOf } from "../../../src/local/front/protocols.ts";

it("every service that answers in XML is asked by forms", () => {
  for (const service of ["iam", "sts", "elasticache", "ses", "cloudformation"]) {
    expect(FORMS.has(service)).toBe(true);
    expect(protocolOf(service)).toBe("query");
  }
  // Their older protocol has forms too; their errors are JSON in the one that everybody uses.
  for (const service of ["sqs", "events"]) expect([FORMS.has(service), protocolOf(service)]).toEqual([true, "json"]);
  expect([undefined, "s3", "lambda", "glue"].map(protocolOf)).toEqual(["s3", "s3", "rest", "json"]);
});
