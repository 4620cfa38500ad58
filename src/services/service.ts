import type { z } from "zod";
import type { Scope } from "../aws/arn.ts";
import type { AwsContext } from "../aws/context.ts";
import type { FaultRow } from "../aws/fault-row.ts";
import type { Meaning } from "../codes/index.ts";
import type { AnyKind, Desired } from "../engine/types.ts";
import type { PolicyStatement } from "./iam/props.ts";
import type { Build, Caller } from "./build.ts";
import type { ServiceCoverage } from "./coverage.ts";

/** What AWS takes as a name. Source: the services' API models. */
export interface NameLimit {
  readonly min?: number;
  readonly max: number;
  readonly form: RegExp;
  readonly words: string;
}

/** What every entry of a section may say, as far as it knows the word. */
export interface Entry {
  readonly name?: string | undefined;
  readonly formerly?: string | undefined;
  readonly existing?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly kmsKeyId?: string | undefined;
}

/** An entry and where it stands in the config. */
export interface Placed {
  readonly id: string;
  readonly path: readonly string[];
  readonly entry: Entry;
}

/** The plain config as folds see it: maps of entries by section. */
export type Sections = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

/** How policies that we print name the entries of a section (`iam-policy`). */
export interface InPolicies {
  /** Each by its name: a pattern would match what is somebody else's, or stronger. */
  readonly byName?: boolean;
  /** Also where the config has none (any more): what it no longer names is still found and removed. */
  readonly always?: boolean;
  /** All that IAM asks for, where that is more than their own ARNs. */
  readonly with?: (arns: readonly string[], scope: Scope) => readonly string[];
}

/** What rights follow from. */
export interface Uses extends Pick<Build, "named" | "has" | "scope"> {
  /** The KMS key of an entry of a section; undefined where it is AWS's own, or not ours to know. */
  readonly keyOf: (section: string, reference: string) => string | undefined;
}

/** Where a kind's props name a KMS key. */
export interface KeyProp {
  readonly prop: string;
  /** AWS refuses an alias there: it gets the key that the alias stands for. */
  readonly arnAlone?: boolean;
}

/** A key of the config that holds a map of things of one kind, by id. */
export interface Section<S extends z.ZodType = z.ZodType> {
  /** The resource that an entry becomes: `s3.bucket`. */
  readonly kind: string;
  /** One of it, as messages call it: `bucket`. */
  readonly one: string;
  /** The section, in a sentence: what `docs/config.md` and the editor say of its key. */
  readonly about: string;
  /** How it is written, for `docs/config.md`; examples of the pipeline's sections stand together in `scripts/docs`. */
  readonly example?: string;
  /** Schema of an entry. */
  readonly schema: S;
  /** Absent for what has no name of its own (uploads). */
  readonly named?: {
    readonly limit: NameLimit;
    readonly arn: (scope: Scope, name: string, entry: Entry) => string;
    /** How clients name it, where that is something else than name and ARN. */
    readonly url?: (scope: Scope, name: string) => string;
    /** The name of an id. Default: `<project>_<id>_<env>`. */
    readonly of?: (scope: Scope, id: string) => string;
    /** The name as the service keeps it: the Glue catalog folds it to lower case. */
    readonly kept?: (name: string) => string;
    /** Names that a `formerly` may stand for. Default: the id's, and the text itself. */
    readonly formerly?: (scope: Scope, former: string) => readonly string[];
    /** How policies name its entries, where that is no pattern of names, or more than their ARNs. */
    readonly inPolicies?: InPolicies;
  };
  /** Where its entries lie, when that is inside another section's: a workflow's triggers. */
  readonly within?: (all: Sections) => readonly Placed[];
  /** Most tags that AWS takes on one of it, our two marks among them. Default: 50. */
  readonly tags?: number;
  /** An entry may be `existing`: something that is not ours. */
  readonly mayExist?: boolean;
}

/** The entries of one service's sections. */
export type EntriesOf<S extends Readonly<Record<string, Section>>> = {
  readonly [K in keyof S]: Readonly<Record<string, z.output<S[K]["schema"]>>>;
};

/**
 * All that metriccare knows of one AWS service. Whatever concerns several services is a fold over the list of these values
 * (index.ts), so a new one is a folder and a line there.
 */
export interface Service<S extends Readonly<Record<string, Section>> = Readonly<Record<string, Section>>> {
  /** As in `--only`: the first part of its kinds' names. */
  readonly name: string;
  /** What its kinds ask with. */
  readonly client: { readonly load: () => Promise<unknown> };
  /** Every field that AWS tells and every argument that Terraform takes: where it is said here, or why it is not. */
  readonly coverage: ServiceCoverage;
  /** Its sorts of resources: how each is read, made, changed and deleted. */
  readonly kinds: readonly AnyKind<AwsContext>[];
  /** What its errors mean, as far as we make such calls. The first row that fits counts. */
  readonly faults?: readonly FaultRow[];
  /** What `faults` and lints call by words of their own. */
  readonly codes?: Readonly<Partial<Record<"errors" | "findings", Readonly<Record<string, Meaning>>>>>;
  /** Its keys of the config: schema, names, limits and marks of their entries. */
  readonly sections: S;
  /** Things that stand inside of entries, and are resources of their own. */
  readonly inner?: Readonly<Record<string, Section>>;
  /** Entries become resources. Those that are `existing` are not among them. */
  readonly declare: (entries: EntriesOf<S>, build: Build) => readonly Desired[] | Promise<readonly Desired[]>;
  /**
   * Where IAM lets an action apply, the first that fits: a section's key stands for its entries; other places are those of
   * `lakehouse/access/places.ts`.
   */
  readonly where: readonly (readonly [RegExp, string])[];
  /** Actions that IAM binds to no resource, and why `*` is the least that it takes. Source: Service Authorization Reference. */
  readonly everywhere?: Readonly<Record<string, string>>;
  /** ARNs that whoever reads and removes one resource names, by kind. Default: the ARN of its section. */
  readonly reach?: Readonly<Record<string, (scope: Scope, name: string) => readonly string[]>>;
  /** Places of its own that `where` names, by the ARNs of sections. */
  readonly places?: (
    arns: (section: string) => readonly string[],
    scope: Scope,
    /** Whether the config has any entry of a section. */
    has: (section: string) => boolean,
  ) => Readonly<Record<string, readonly string[]>>;
  /** What a role may do because its entries use it. */
  readonly rights?: (entries: EntriesOf<S>, role: string, uses: Uses) => readonly PolicyStatement[];
  /** Words that logs of jobs may show: its calls, and its codes of errors. */
  readonly said?: { readonly operations?: string; readonly codes?: string };
  /** Which prop of a kind names a KMS key. */
  readonly keys?: Readonly<Record<string, KeyProp>>;
  /** Whom its entries call: the callee's policy lets them in. */
  readonly calls?: (entries: EntriesOf<S>, build: Pick<Build, "named" | "scope" | "has">) => readonly Caller[];
}

/** A service in the list, its sections no longer known to the compiler; sound because folds hand it its own entries only. */
export type AnyService = Service;

export const service = <const S extends Readonly<Record<string, Section>>>(value: Service<S>): Service<S> => value;

export type { Build, Caller };
