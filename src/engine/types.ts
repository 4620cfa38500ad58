import type { FindingCode } from "../codes/index.ts";

/**
 * The contract between the engine and the resource kinds. The engine knows no AWS service: kinds, the lease and the
 * classifier of errors are handed to it. `C` is the context that kinds need (for AWS: `AwsContext`), opaque to the engine.
 */

/** Where a resource stands in the config (`id`) and in AWS (`name`). In text: `glue.job/bronze_patient`. */
export interface Address {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

export type * from "./events.ts";
export type * from "./fault.ts";

export type Tags = Readonly<Record<string, string>>;

/**
 * What the config says that a resource is. `tags` are the declared ones, without marks.
 *
 * An attribute that is always managed has a value. An **optional setting** is a prop that is absent (undefined) as long as
 * the config does not name it, and then it is not managed: not compared, not shown, and `Kind.read` spends no call on it.
 * One that the last apply named (the mark of what was applied knows) and the config names no more is taken back: it is
 * read, the plan says `live -> (removed)`, and `Kind.update` finds it in `changed` with no value in `props`, which
 * means "put back what AWS has by default". Where AWS has no tags there is no such memory: an untaggable kind has no
 * optional settings.
 */
export interface Desired<P extends object = object> {
  readonly address: Address;
  readonly props: P;
  readonly tags: Tags;
  readonly content?: Content;
  /** Names that it may have had in AWS before: what is there under one of them is replaced by this one. */
  readonly formerly?: readonly string[];
}

/** Bytes that go with a resource. Their hash is among its props and is what is compared; the call that sends them loads them. */
export interface Content {
  load(): Promise<Uint8Array>;
  /** Where its like lie (the beginning of a key): leftovers are looked for there. */
  readonly under?: string;
  /** Lower-case hex, where it is known: what S3 tells of an object in a listing. */
  readonly md5?: string;
}

/** What a kind is asked to read: where it stands, and what the config says of it where it declares it. */
export interface Wanted<P extends object = object> extends Address {
  readonly props?: P;
  readonly content?: Content;
  /** What a search for tags says may stand for its own: `Live.searched` then says so. */
  readonly searched?: boolean;
  /** What an apply has written down (`Kind.record`) may stand for it: `Live.searched` then says so too. */
  readonly recorded?: boolean;
  /** With `recorded`: the tags that a write would put on it. */
  readonly tags?: Tags;
  /** It is to be deleted: whether it is there, whose it is, and what deleting must know is read; the rest is as declared. */
  readonly going?: boolean;
  /** It was there a moment ago: nobody needs to ask that before all else. */
  readonly there?: boolean;
  /** Read under the lease: no other apply makes it between two answers, so that all about it may be asked at once. */
  readonly alone?: boolean;
}

/** What AWS says that a resource is, in the same shape as `Desired`. An optional setting that was not read is absent. */
export interface Live<P extends object = object> {
  readonly name: string;
  readonly props: P;
  /** All tags on it: ours, the marks, other people's. Empty for kinds that AWS cannot tag. */
  readonly tags: Tags;
  /** Value of the ownership mark (`<project>/<env>`), absent where the resource carries none. */
  readonly owner?: string;
  /** Its tags are those of a search, which is late: before anything about it is changed, it is read with its own. */
  readonly searched?: boolean;
  /** It is not there: the kind only tells what lies around its place. */
  readonly absent?: true;
  /** What else reading saw that `inspect` is to judge (other people's entries beside ours). Nobody compares it. */
  readonly around?: unknown;
  /** What AWS minted for it, by the names of `Kind.mints`: other resources wait for these (minted.ts). */
  readonly minted?: Readonly<Record<string, string>>;
}

/** What a kind needs to know to create or change one resource. */
export interface Write<P extends object = object> {
  readonly address: Address;
  readonly props: P;
  /** Declared tags and marks together: all of them go into the creating call. */
  readonly tags: Tags;
  readonly content?: Content;
}

export interface Change<P extends object = object> extends Write<P> {
  readonly live: Live<P>;
  /** Top-level prop names that differ: an update sends only what these touch. One without a value in `props` goes back to AWS's default. */
  readonly changed: ReadonlySet<string>;
}

/**
 * One call to the service. Kinds yield calls; the engine sends them, retries them and waits between them, so no kind
 * loops, sleeps or retries.
 */
export interface Call {
  /** IAM-style name, `glue:CreateJob`. */
  readonly name: string;
  send(): Promise<unknown>;
  /** Polled after `send` until it answers `true`; a text says what is being waited for. */
  readonly ready?: () => Promise<true | string>;
  /** Budget of `ready`, milliseconds; default 120,000. */
  readonly readyWithinMs?: number;
  /** Set on the call that brings the resource into being: an "already exists" after an ambiguous failure is then checked by reading. */
  readonly creates?: boolean;
  /** What the answer tells of `Kind.mints`. Without it the engine reads the resource when somebody waits for a value. */
  readonly mints?: (answer: unknown) => Readonly<Record<string, string>>;
  /** How far a long sequence has come, told after `send`: `4,000 versions deleted`. */
  readonly progress?: () => string;
  /**
   * Of the last calls of a sequence: who need not wait until it is `ready`, only for its answer. `lane`: whoever shares the lane;
   * `users`: what needs the resource as well.
   */
  readonly letsGo?: "lane" | "users";
}

/** What a kind yields: one call, or several that need not wait for one another; what comes after them waits for all. */
export type Sent = Call | readonly Call[];

export type Calls = Iterable<Sent> | AsyncIterable<Sent>;

export interface FieldRule {
  /** What a change of this attribute does. `refuse` makes an error finding (with `reason`). Default `update`. */
  readonly onChange?: "update" | "replace" | "refuse";
  readonly reason?: string;
  /** Compare by meaning (policies, sets, JSON text). Default: deep equality, absent = undefined, key order ignored. */
  readonly equal?: (live: unknown, desired: unknown) => boolean;
  /** Never shown in a diff. */
  readonly sensitive?: boolean;
  /** Of an optional setting: what AWS has where nobody set it, when `read` does not leave it out. Nothing to take back then. */
  readonly unset?: unknown;
  /** Absence is a statement: one that the config does not name must not be there, whoever set it. */
  readonly absenceCounts?: boolean;
}

export interface Finding {
  readonly code: FindingCode;
  readonly level: "error" | "warning" | "note";
  /** An address in text form, or a place in the config. */
  readonly at: string;
  readonly text: string;
  /** What to do next. */
  readonly fix: string;
  /** What would change, where the finding is about a difference (`not_ours`). */
  readonly attributes?: readonly AttributeChange[];
}

/** What its user is denied of a guarded thing, or that somebody else's is not as declared. */
export type Guard = "read" | "make" | "change" | "delete" | "differs";

export interface Kind<P extends object, C> {
  /** `glue.job`. The part before the dot is the service for `--only`. */
  readonly name: string;
  /** Rules by top-level prop name. */
  readonly fields?: { readonly [K in keyof P]?: FieldRule };
  /** AWS cannot tag it: ownership comes from `Live.owner` alone and there is no tag diff. */
  readonly untaggable?: boolean;
  /** What is declared so needs bytes (`Desired.content`): a plan without them is refused before anything is sent. */
  sends?(props: P): boolean;
  /** Names of the values that AWS mints for it and that `read` tells in `Live.minted`: `arn`, `keyId`. */
  readonly mints?: readonly string[];
  /** Which of them an update that changes these props mints anew (the number of a function's version). */
  remints?(changed: ReadonlySet<string>): readonly string[];
  /** Strings under which other resources name this one (ARN, `s3://bucket/key`, `glue.job:name`). The graph is read off them. */
  handles(ctx: C, address: Address, props: P): readonly string[];
  /** Handles of what must exist before this one. Those that belong to no resource of the plan are ignored. */
  needs(ctx: C, address: Address, props: P): readonly string[];
  /** What it does for others, one by one: who gives some of it up waits for who takes that on, so that it is always done by somebody. */
  covers?(props: P): readonly string[];
  /** Of `needs`: what must be there to make it, and may be gone before it goes. Where both go, neither waits for the other. */
  outlives?(need: string): boolean;
  /**
   * One batched read. A missing resource is just absent from the map (keyed by name); denied throws. An optional setting
   * that needs a call of its own is read when `wanted.props` has it, or when the last apply named it: tags are read
   * anyway, and `wasApplied(tags[appliedKey], "cors")` asks them.
   */
  read(ctx: C, wanted: readonly Wanted<P>[]): Promise<ReadonlyMap<string, Live<P>>>;
  /** Its reading asks on, and for much, when first answers are there: it begins before that of the others. */
  readonly asksOn?: true;
  /**
   * Names in AWS that carry our mark, also undeclared ones. Candidates only: the engine reads them before believing it.
   * `declared` are those of the config: where finding others costs a call of its own, only who declares one pays for it.
   */
  owned(ctx: C, declared?: readonly Wanted<P>[]): Promise<readonly Address[]>;
  create(ctx: C, write: Write<P>): Calls;
  update(ctx: C, change: Change<P>): Calls;
  /** Deleting what is gone succeeds. */
  delete(ctx: C, address: Address, live: Live<P>): Calls;
  /** After all of them are as declared: written down in AWS, so that `searched` reading costs less. Nobody relies on its being there. */
  record?(ctx: C, all: readonly Write<P>[]): Calls;
  /** Sets and removes tags (marks among them). Absent for untaggable kinds. */
  retag?(ctx: C, address: Address, live: Live<P>, set: Tags, remove: readonly string[]): Calls;
  /** Mutations in one lane never overlap. */
  lane?(address: Address, props: P): string;
  /**
   * Why this must not be deleted or replaced without `--include-data`: "holds 12 objects". `leaving` are the handles of
   * what the same plan deletes (objects of a bucket, say). Undefined: nothing to lose.
   */
  holdsData?(ctx: C, address: Address, live: Live<P>, leaving: ReadonlySet<string>): Promise<string | undefined>;
  /** Other people's parts that live on this resource and keep it alive even with `--include-data` (foreign rule targets, notification entries). */
  carriesForeign?(ctx: C, address: Address, live: Live<P>): Promise<string | undefined>;
  /** Handle of what takes it along, when that is emptied and deleted: nothing is sent for this one then. */
  goesWith?(ctx: C, address: Address): string;
  /** Removes what is ours from a resource that `destroy` keeps alive. */
  strip?(ctx: C, address: Address, live: Live<P>): Calls;
  /** Empties it, for `--include-data`, before `delete`. */
  empty?(ctx: C, address: Address, live: Live<P>): Calls;
  /**
   * A thing that others may keep for us: what its user is denied of it is told by this note and is no error, and one without
   * our mark stays as it is. Absent for what the user must be able to read.
   */
  guarded?(ctx: C, address: Address, what: Guard): Finding;
  /** Which of them are guarded, where not all are. */
  guards?(address: Address): boolean;
  /** Findings on a live or foreign neighbourhood that only reading can tell (overlapping foreign notification). */
  inspect?(ctx: C, address: Address, props: P, live: Live<P> | undefined, around?: unknown): readonly Finding[];
  /** What can be known to be wrong before anything is sent. */
  lint?(address: Address, props: P): readonly Finding[];
  /** IAM actions by use: made into the deployer's and the reader's policy. */
  readonly permissions: Readonly<Record<"read" | "create" | "update" | "delete", readonly string[]>>;
}

/** A kind as the engine holds it, its props no longer known to the compiler. */
export type AnyKind<C> = Kind<object, C>;

/** Forgets the props type of a kind; sound because the engine only hands a kind what that kind produced. */
export function anyKind<P extends object, C>(kind: Kind<P, C>): AnyKind<C> {
  return kind as unknown as AnyKind<C>;
}

/** Whether others may keep it for us; its kind then says what that means. */
export const isGuarded = <C>(kind: AnyKind<C> | undefined, address: Address): kind is GuardedKind<C> =>
  kind?.guarded !== undefined && (kind.guards?.(address) ?? true);

type GuardedKind<C> = AnyKind<C> & Required<Pick<AnyKind<C>, "guarded">>;

export interface AttributeChange {
  /** `tags.Project`, `arguments.--conf`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly forcesReplace?: boolean;
  readonly sensitive?: boolean;
  /** `after` is, or holds, what AWS has yet to mint: `(known after apply)` stands there instead. */
  readonly knownAfterApply?: boolean;
  /** Who moved: the config since the last apply, somebody in AWS, or both. Absent where it cannot be told. */
  readonly cause?: "config" | "outside" | "both";
}

export type Action = "keep" | "create" | "update" | "replace" | "delete";

export interface Step {
  readonly action: Action;
  readonly address: Address;
  readonly attributes: readonly AttributeChange[];
  readonly because?: string;
  readonly desired?: Desired;
  readonly live?: Live;
  /** Addresses (text form) of steps that must be done before this one. */
  readonly after: readonly string[];
  readonly lane?: string;
  /** Why something that would go stays: "holds 12 objects". Only on `keep`. */
  readonly kept?: string;
  /** A kept resource of which our own parts are removed (`Kind.strip`). */
  readonly strip?: boolean;
  /** Emptied before it is deleted or replaced (`Kind.empty`). */
  readonly empty?: boolean;
  /** It goes with this one (address as text), after it. */
  readonly with?: string;
  /** It exists without our mark and is taken over. */
  readonly adopted?: true;
  /** It must not be carried out, and fails with this: its resource moved since the plan was agreed to. */
  readonly refused?: { readonly code: FindingCode; readonly text: string; readonly fix: string };
}

export interface Plan {
  readonly owner: string;
  readonly mode: "apply" | "destroy";
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}

/** Keys of our two tags, and the value of the ownership mark (`<project>/<env>`). */
export interface Marks {
  readonly ownerKey: string;
  readonly appliedKey: string;
  readonly owner: string;
}

export const addressText = (address: Pick<Address, "kind" | "id">): string => `${address.kind}/${address.id}`;
