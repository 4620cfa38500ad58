import { meanings } from "./meaning.ts";

/** Why a file, or a line of it, cannot be read. Python (`glue-scripts/metriccare_etl`) writes these words. */
export const FILES = meanings({
  access_denied: {
    what: "S3 refuses this object to the job's role, and lets it read others beside it.",
    why: "A policy of the bucket, or another owner of the object.",
    todo: "See what denies `s3:GetObject` on it, then `ledger retry`.",
  },
  archived: {
    what: "S3 keeps the object in an archive class.",
    why: "A lifecycle rule moved it, or it was uploaded so.",
    todo: "Restore it, then `ledger retry`; or set it aside with `ledger skip`.",
  },
  conditional_delete: {
    what: "A deletion names what it deletes by a search (`Patient?identifier=…`), not by its id.",
    why: "Only the server that got it knows what it found.",
    todo: "Send the deletion again with `<type>/<id>` in `request.url` (same key).",
  },
  customer_key: {
    what: "The object is encrypted with a key of its sender's own (SSE-C).",
    why: "Only the sender has that key.",
    todo: "Let its sender upload it again with the bucket's own encryption, or set it aside.",
  },
  gzip_corrupt: {
    what: "The gzip data is damaged.",
    why: "The upload, or the file before it.",
    todo: "Upload it again, whole.",
  },
  gzip_truncated: {
    what: "The gzip data ends before its end.",
    why: "The upload, or the export, was cut off.",
    todo: "Upload it again, whole.",
  },
  key_denied: {
    what: "The KMS key that the object is encrypted with cannot be used.",
    why: "The job's role lacks `kms:Decrypt`, or the key is disabled or gone.",
    todo: "Allow it, or enable the key, then `ledger retry`.",
  },
  no_id: {
    what: "A Patient, Encounter or Condition has no id.",
    why: "The export left it out, and no fullUrl stands in.",
    todo: "Send it again with ids (same key).",
  },
  not_a_resource: {
    what: "A line is JSON and no FHIR resource.",
    why: "It has no `resourceType`, or is no object.",
    todo: "Send it again with FHIR resources (same key).",
  },
  not_json: {
    what: "A line is not JSON.",
    why: "It is cut off, or of another format.",
    todo: "Send it again with content that is FHIR JSON (same key).",
  },
  not_text: {
    what: "The file is not text.",
    why: "A PDF, an image, an archive, or another encoding than UTF-8.",
    todo: "It is no FHIR file: set it aside with `ledger skip`.",
  },
  not_utf8: {
    what: "A line is not UTF-8.",
    why: "It is of another encoding (UTF-16, Latin-1), or binary.",
    todo: "Send it again as UTF-8 (same key).",
  },
  object_gone: {
    what: "S3 has this version no more.",
    why: "Somebody deleted it, or a lifecycle rule did.",
    todo: "Send it again if it is still wanted.",
  },
  object_replaced: {
    what: "S3 has other content under this key than its event said.",
    why: "It was overwritten in a bucket without versions.",
    todo: "Nothing: the new content has an event of its own.",
  },
  reader_lost: {
    what: "The process that read the file died, more than once.",
    why: "It ran out of memory.",
    todo: "Split the file, or give the Bronze jobs a larger `workerType`, then `ledger retry`.",
  },
  too_deep: {
    what: "The JSON of a line is nested too deeply.",
    why: "It is no usual FHIR, or made to do harm.",
    todo: "Send it again with content that is FHIR JSON (same key).",
  },
  too_large: {
    what: "An object, a line, a Bundle, or what unzips of it is larger than the limits of `reading`.",
    why: "The export writes very large files, or it is a gzip bomb.",
    todo: "Split it, or raise the limit that the error names in the config, apply, and `ledger retry`.",
  },
});
