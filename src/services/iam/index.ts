export type { PolicyDocument, PolicyStatement, RoleProps } from "./props.ts";
export { role, roleArn } from "./role.ts";
