import type * as fc from "fast-check";
import type { AwsContext } from "../../src/aws/context.ts";
import type { Address, AnyKind, Kind } from "../../src/engine/types.ts";

/**
 * The kind suite: the same checks for every kind of resource.
 *
 * A kind joins by a `KindCase` (see cases/*.ts) and one line in a test file of its own:
 *
 *     import { anyCase } from "../../kind-suite/case.ts";
 *     import { kindSuite } from "../../kind-suite/suite.ts";
 *     kindSuite(anyCase(jobCase), anyCase(triggerCase));
 *
 * What the suite checks for each case, on moto or on the AWS that `METRICCARE_TEST_ENDPOINT` names:
 *   1. what is absent reads as absent, and deleting it succeeds;
 *   2. random props: the creating call leaves the mark; create then read gives the desired props; the second plan is
 *      empty and sends no change; a foreign tag survives everything; `owned()` finds it; delete twice succeeds;
 *   3. each prop alone (`vary`): the difference names that prop only, the update sends exactly `calls[prop]`, and reads
 *      back as desired;
 *   4. each prop changed behind our back (`outside`) is seen as a change of that prop;
 *   5. each optional setting that is named no more (`optional`) goes back to AWS's default;
 *   6. every single call of a read that is denied makes the read fail: denied is never absent.
 * A prop that AWS cannot change is listed in `fixed`. The compiler demands that no prop is forgotten.
 * What an emulator cannot do is skipped by name, with a reason, in test/harness/gaps.ts.
 */
export interface KindCase<P extends object> {
  readonly kind: Kind<P, AwsContext>;
  /** The address under test. A fresh name for each test keeps tests apart on an emulator that is shared. */
  address(ctx: AwsContext, unique: string): Address;
  /** Makes what must exist before (a bucket for a notification, a role for a function). Called once a test. */
  prepare?(ctx: AwsContext, address: Address): Promise<void>;
  /** Removes what `prepare` made, after the thing under test is deleted. */
  tidy?(ctx: AwsContext, address: Address): Promise<void>;
  /** Random valid props. */
  props(ctx: AwsContext, address: Address): fc.Arbitrary<P>;
  /** Fixed valid props that the single changes start from. */
  base(ctx: AwsContext, address: Address): P;
  /** For each prop another valid value; more props come along only where AWS ties them together. */
  readonly vary: { readonly [K in Exclude<keyof P, never>]?: (props: P, ctx: AwsContext, address: Address) => P };
  /** Props that cannot be changed in place. */
  readonly fixed: readonly (keyof P & string)[];
  /** Names of the changing calls that an update of this prop alone yields, in order, duplicates left out. */
  readonly calls: { readonly [K in keyof P]?: readonly string[] };
  /** Optional settings: taken out of the config they go back to what AWS has (`FieldRule.unset`, else nothing). */
  readonly optional?: readonly (keyof P & string)[];
  /** Changes this prop through the plain SDK, as somebody at the console would. */
  readonly outside: { readonly [K in keyof P]?: (ctx: AwsContext, address: Address) => Promise<unknown> };
  /** Tags that other people put on it, through the plain SDK. Absent for untaggable kinds. */
  foreignTag?(ctx: AwsContext, address: Address, key: string, value: string): Promise<unknown>;
}

/** A case whose props type the suite no longer knows. */
export interface AnyCase extends Omit<KindCase<Record<string, unknown>>, "kind"> {
  readonly kind: AnyKind<AwsContext>;
}

/** Forgets the props type of a case: the suite only hands a case what that case made. */
export const anyCase = <P extends object>(one: KindCase<P>): AnyCase => one as unknown as AnyCase;
