/** What was read, or why it could not be. */
export type ReportPart<T> = { readonly value: T } | { readonly missing: string };
