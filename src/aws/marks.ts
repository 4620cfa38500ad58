/** The ownership mark: a tag of its own on everything that AWS can tag. */
export const OWNER_TAG = "metriccare:owner";
/** Short hashes of what was last applied, per attribute: lets `diff` tell "config changed" from "changed outside". */
export const APPLIED_TAG = "metriccare:applied";

/** `{Key, Value}` lists as most services want them. */
export const tagList = (tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const tagMap = (
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Record<string, string> => Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
