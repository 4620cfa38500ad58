/**
 * What a kind does with one field of AWS's answer: `managed` (in the props), `pinned` (one right value, drift shows),
 * `identity` (how it is found), `server` (AWS's own bookkeeping), or ignored, with the reason.
 */
export type Drawer = "managed" | "pinned" | "identity" | "server" | { readonly ignored: string };

/**
 * One drawer for every field of the SDK's own response type. A table that `satisfies Coverage<T>` stops to compile when
 * a newer SDK has a field that nobody has decided about.
 */
export type Coverage<T extends object> = { readonly [K in keyof Required<T>]: Drawer };

/** Shorthand for a field that is not looked at. */
export const ignored = (reason: string): { readonly ignored: string } => ({ ignored: reason });
