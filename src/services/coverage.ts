/**
 * What a kind does with one field of AWS's answer: `managed` (in the props),
 * `identity` (how it is found), `server` (AWS's own bookkeeping), or ignored, with the reason.
 */
export type Drawer = "managed" | "identity" | "server" | { readonly ignored: string };

/**
 * One drawer for every field of the SDK's own response type. A table that `satisfies Coverage<T>` stops to compile when
 * a newer SDK has a field that nobody has decided about.
 */
export type Coverage<T extends object> = { readonly [K in keyof Required<T>]: Drawer };

/**
 * An argument that Terraform lets a user set: where the config says the same, or why it does not. A place is a path below the
 * section (`timeout`, `actions[].job`), `/` before it starts at the top of the config (`/aws.region`).
 */
export type TerraformArgument = string | { readonly ignored: string };

/** A resource of Terraform's AWS provider, argument by argument, and what says it here. */
export interface TerraformCoverage {
  readonly resource: `aws_${string}`;
  /** Where an entry stands in the config: `jobs.<id>`. */
  readonly section: string;
  /** Arguments by name; those of blocks by path (`command.script_location`). Without what Terraform only computes. */
  readonly arguments: Readonly<Record<string, TerraformArgument>>;
}

/** What one service knows of what could be set: whoever adds a setting finds its place here, and `docs/coverage.md` is made of it. */
export interface ServiceCoverage {
  /** The drawers of a type's fields, by the SDK's name of the type. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, Drawer>>>>;
  readonly terraform: readonly TerraformCoverage[];
}

/** `timeouts`: of Terraform alone. */
export const TERRAFORM_WAITS: TerraformArgument = {
  ignored: "how long Terraform itself waits: the engine has budgets of its own, by what it waits for",
};

/** `name_prefix`: Terraform then makes the rest of the name up. */
export const TERRAFORM_NAMES: TerraformArgument = {
  ignored: "names are computed from project, id and environment, so that they are known before",
};

/** Arguments that every resource of the provider has, and that mean the same everywhere. */
export const TERRAFORM_COMMON = {
  region: "/aws.region",
  tags: "tags",
} as const satisfies TerraformCoverage["arguments"];

/** Shorthand for a field that is not looked at. */
export const ignored = (reason: string): { readonly ignored: string } => ({ ignored: reason });

/** Arguments of a block, each under the block's path. */
export const within = (path: string, rest: TerraformCoverage["arguments"]): TerraformCoverage["arguments"] =>
  Object.fromEntries(Object.entries(rest).map(([name, place]) => [`${path}.${name}`, place]));
