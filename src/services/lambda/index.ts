export { lambdaFunction } from "./function.ts";
export type { FunctionPermission, FunctionProps } from "./props.ts";
