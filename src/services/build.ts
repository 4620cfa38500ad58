import type { Scope } from "../aws/arn.ts";
import type { Address, Content, Desired, Tags } from "../engine/types.ts";
import type { Sources } from "./sources.ts";

export interface Named {
  readonly name: string;
  readonly arn: string;
}

/** Something that calls an entry of another section, and is let in by the callee's policy. */
export interface Caller {
  /** The callee: section and id. */
  readonly section: string;
  readonly id: string;
  /** `events.amazonaws.com` */
  readonly service: string;
  /** ARN of what calls. */
  readonly arn: string;
  /** Key of the statement that lets it in: `rule_failure`. */
  readonly statement: string;
}

/** What entries become resources with. */
export interface Build {
  readonly scope: Scope;
  readonly sources: Sources;
  /** Name and ARN of what a reference means: an id of the section, an ARN, or a name. */
  readonly named: (section: string, reference: string) => Named;
  /** True for an id of the section. */
  readonly has: (section: string, reference: string) => boolean;
  readonly callers: (section: string, id: string) => readonly Caller[];
  /** Tags of one resource: those of the whole lakehouse, then its own. */
  readonly tags: (own: Tags) => Tags;
}

/** A resource as the engine takes it; the type of its props is checked here, where it is still known. */
export function resource<P extends object>(address: Address, props: P, tags: Tags = {}, content?: Content): Desired {
  return { address, props, tags, ...(content ? { content } : {}) };
}
