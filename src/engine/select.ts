import type { Address } from "./types.ts";
import { addressText } from "./types.ts";

/** A selector is an address (`glue.job/bronze_patient`), a kind (`glue.job`) or a service (`glue`). */
export function matches(selector: string, address: Pick<Address, "kind" | "id">): boolean {
  return (
    selector === addressText(address) || selector === address.kind || selector === (address.kind.split(".")[0] ?? "")
  );
}

/** True when the selector may fit a resource of this kind. */
export const concerns = (selector: string, kind: string): boolean =>
  selector === kind || selector === kind.split(".")[0] || selector.startsWith(`${kind}/`);

/** True when nothing was selected (that is: everything) or one of the selectors fits. */
export const selected = (selectors: readonly string[] | undefined, address: Pick<Address, "kind" | "id">): boolean =>
  !selectors?.length || selectors.some((selector) => matches(selector, address));

/** Selectors that fit no declared resource and name no known kind or service. For "did you mean" before any call. */
export function unknownSelectors(
  selectors: readonly string[],
  declared: readonly Pick<Address, "kind" | "id">[],
  kinds: readonly { readonly name: string }[] = [],
): readonly string[] {
  return selectors.filter(
    (selector) =>
      !declared.some((address) => matches(selector, address)) &&
      !kinds.some(({ name }) => selector === name || selector === name.split(".")[0]),
  );
}
