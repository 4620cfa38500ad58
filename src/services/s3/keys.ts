/** A path of the project as an object key: no `./`, no `../`, no leading or trailing slash. */
export const keyOf = (path: string): string =>
  path
    .split(/[\\/]/)
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");

/** Object key of an upload. */
export const uploadKey = (upload: { key?: string | undefined; source: string; zip: boolean }): string =>
  upload.key ?? `${keyOf(upload.source)}${upload.zip ? ".zip" : ""}`;
