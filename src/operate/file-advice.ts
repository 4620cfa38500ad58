import { type FileCode, isFileCode } from "../codes/index.ts";
import type { AwsContext } from "../aws/context.ts";
import type { LedgerDetail } from "./ledger/item.ts";
import { shellWord } from "./shell.ts";
import { command } from "./next.ts";

/** The stable word of a failed file's error: `archived` of `archived: S3 keeps it in GLACIER, …`; undefined where it has none of ours. */
export function errorCode(error: string | null): FileCode | undefined {
  const word = /^(?:nothing readable: )?([a-z0-9_]+)\b/.exec(error ?? "")?.[1] ?? "";
  return isFileCode(word) ? word : undefined;
}

/** What helps a file that failed. Reading the same bytes again helps only when something else has changed first. */
export function adviceFor(ctx: AwsContext, row: Pick<LedgerDetail, "bucket" | "key" | "version_id" | "error">): string {
  const key = shellWord(row.key);
  const retry = command(ctx, `ledger retry ${key}`);
  const skip = `or set it aside: ${command(ctx, `ledger skip ${key} --why "…"`)}`;
  const version = row.version_id ? ` --version-id ${shellWord(row.version_id)}` : "";
  const code = errorCode(row.error);
  switch (code) {
    case "not_json":
    case "not_a_resource":
    case "no_id":
    case "conditional_delete":
    case "too_deep":
    case "not_utf8":
      return `send it again with content that is FHIR JSON (same key), ${skip}`;
    case "archived":
      return `restore it (aws s3api restore-object --bucket ${row.bucket} --key ${key}${version} --restore-request Days=7), then ${retry}; ${skip}`;
    case "key_denied":
      return `allow the Bronze role kms:Decrypt on that key, or enable the key, then ${retry}; ${skip}`;
    case "customer_key":
      return `let its sender upload it again with the bucket's own encryption, ${skip}`;
    case "access_denied":
      return `see what denies the Bronze role s3:GetObject on it (bucket policy, the object's owner), then ${retry}; ${skip}`;
    case "object_gone":
    case "object_replaced":
      return `send it again if it is still wanted, ${skip}`;
    case "too_large":
      return `split it, or raise the limit that the error names in the config, apply, and ${retry}; ${skip}`;
    case "not_text":
      return `it is no FHIR file: ${skip.slice(3)}`;
    case "gzip_truncated":
    case "gzip_corrupt":
      return `upload it again, whole, ${skip}`;
    case "reader_lost":
      return `split it, or give the Bronze jobs a larger workerType (apply), then ${retry}; ${skip}`;
    case undefined:
      return retry;
  }
}
