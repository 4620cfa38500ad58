import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { lambdaClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { coverage as functionFields } from "./coverage.ts";
import { declareFunctions } from "./declare.ts";
import { lambdaFunction } from "./function.ts";
import { coverage as eventSourceFields } from "./event-source/fields.ts";
import { eventSource } from "./event-source/kind.ts";
import { eventSourceRights } from "./event-source/rights.ts";
import { eventSourceSection } from "./event-source/section.ts";
import { functionSection } from "./section.ts";
import { lambdaTerraform } from "./terraform.ts";
import { aliasCoverage } from "./versions.ts";
import { lambdaArn } from "./arn.ts";

/** AWS Lambda. */
export const lambda = service({
  name: "lambda",
  client: lambdaClient,
  coverage: {
    fields: {
      GetFunctionResponse: functionFields.answer,
      FunctionConfiguration: functionFields.configuration,
      LoggingConfig: functionFields.logging,
      FunctionEventInvokeConfig: functionFields.invoke,
      AliasConfiguration: aliasCoverage,
      EventSourceMappingConfiguration: eventSourceFields,
    },
    terraform: lambdaTerraform,
  },
  faults,
  said: { operations: "Invoke" },
  codes: { errors, findings },
  kinds: [anyKind(lambdaFunction), anyKind(eventSource)],
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
    eventSources: {
      kind: "lambda.eventSource",
      one: "event source",
      about: "Queues and streams whose records functions are called with.",
      example: `
eventSources:
  news:
    function: tell
    queue: news
    reportFailures: true`,
      schema: eventSourceSection,
    },
  },
  where: [
    [/^lambda:ListEventSourceMappings$/, "anyEventSource"],
    [/^lambda:(Get|Create|Update|Delete)EventSourceMapping$/, "eventSourceMappings"],
    [/^lambda:(ListTags|TagResource|UntagResource)$/, "taggedFunctions"],
    [/^lambda:/, "functions"],
  ],
  places: (arns, scope, has) => {
    // Their names are UUIDs that AWS gives, and their list is of the region.
    const mappings = has("eventSources") ? [lambdaArn.eventSource(scope, "*")] : [];
    return {
      eventSourceMappings: mappings,
      anyEventSource: has("eventSources") ? ["*"] : [],
      taggedFunctions: [...arns("functions"), ...mappings],
    };
  },
  rights: eventSourceRights,
  keys: { "lambda.function": { prop: "kmsKey", arnAlone: true } },
  declare: declareFunctions,
});
