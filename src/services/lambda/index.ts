import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { coverage as functionFields } from "./coverage.ts";
import { declareFunctions } from "./declare.ts";
import { lambdaFunction } from "./function.ts";
import { functionSection } from "./section.ts";
import { lambdaTerraform } from "./terraform.ts";
import { lambdaArn } from "./arn.ts";

/** AWS Lambda. */
export const lambda = service({
  name: "lambda",
  coverage: {
    fields: {
      GetFunctionResponse: functionFields.answer,
      FunctionConfiguration: functionFields.configuration,
      LoggingConfig: functionFields.logging,
      FunctionEventInvokeConfig: functionFields.invoke,
    },
    terraform: lambdaTerraform,
  },
  faults,
  said: { operations: "Invoke" },
  codes: { errors, findings },
  kinds: [anyKind(lambdaFunction)],
  sections: {
    functions: {
      kind: "lambda.function",
      one: "function",
      about: "Further functions.",
      schema: functionSection,
      mayExist: true,
      named: {
        limit: { max: 64, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" },
        arn: lambdaArn.function,
        // Code that is put into a function runs with that function's role.
        inPolicies: { always: true, byName: true },
      },
    },
  },
  where: [[/^lambda:/, "functions"]],
  keys: { "lambda.function": { prop: "kmsKey", arnAlone: true } },
  declare: declareFunctions,
});
