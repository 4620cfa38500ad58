import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import type { KindCase } from "../case.ts";
import { configure, functionCase } from "./lambda.ts";
import { lambdaClient } from "../../../src/services/lambda/client.ts";
import { sqsArn } from "../../../src/services/sqs/arn.ts";

/** Settings of a function that a config may leave out, as far as moto keeps them: the others are in settings.test.ts. */
type Settings = Pick<FunctionProps, (typeof OPTIONAL)[number]>;
const OPTIONAL = ["vpc", "onSuccessArn"] as const;

const queue = (ctx: AwsContext, id: string): string => sqsArn.queue(ctx, id);

const base = (ctx: AwsContext): Required<Settings> => ({
  vpc: { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-a"], ipv6: false },
  onSuccessArn: queue(ctx, "done"),
});

const CONFIGURATION = ["lambda:UpdateFunctionConfiguration"] as const;

export const functionSettingsCase: KindCase<FunctionProps> = {
  ...functionCase,
  address: (ctx, unique) => functionCase.address(ctx, `s${unique}`),
  props: (ctx, address) =>
    functionCase
      .props(ctx, address)
      .chain((props) =>
        fc
          .subarray([...OPTIONAL])
          .map((keys) => ({ ...props, ...Object.fromEntries(keys.map((key) => [key, base(ctx)[key]])) })),
      ),
  base: (ctx, address) => ({ ...functionCase.base(ctx, address), ...base(ctx) }),
  // The others are looked at without settings.
  fixed: Object.keys(functionCase.vary) as (keyof FunctionProps & string)[],
  vary: {
    vpc: (props) => ({ ...props, vpc: { subnets: ["subnet-c"], securityGroups: ["sg-b", "sg-c"], ipv6: false } }),
    onSuccessArn: (props, ctx) => ({ ...props, onSuccessArn: queue(ctx, "other") }),
  },
  calls: {
    vpc: CONFIGURATION,
    onSuccessArn: ["lambda:PutFunctionEventInvokeConfig"],
  },
  optional: OPTIONAL,
  outside: {
    vpc: configure({ VpcConfig: { SubnetIds: ["subnet-x"], SecurityGroupIds: ["sg-x"] } }),
    onSuccessArn: async (ctx, { name }) =>
      (await ctx.clients.of(lambdaClient)).deleteFunctionEventInvokeConfig({ FunctionName: name }),
  },
};
