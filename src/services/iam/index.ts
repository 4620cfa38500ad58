export { policy } from "./policy.ts";
export type { PolicyDocument, PolicyProps, PolicyStatement, RoleProps } from "./props.ts";
export { role, roleArn } from "./role.ts";
