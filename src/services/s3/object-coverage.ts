import type { HeadObjectOutput } from "@aws-sdk/client-s3";
import { type Coverage, ignored } from "../coverage.ts";

const version = ignored("every put makes one");
const restored = ignored("what is uploaded is read at once, and never lies in an archive unread");
const expires = ignored("cacheControl says the same, and wins");
const theirKey = ignored("a key that every reader must bring along, and that AWS blocks by default since 2026");
const held = ignored("a hold that ends with an event of the application, which no apply could end");
const otherChecksum = ignored("SHA-256 is the one we send");

export const coverage = {
  DeleteMarker: "server",
  AcceptRanges: "server",
  Expiration: ignored("a rule of the bucket"),
  Restore: restored,
  ArchiveStatus: restored,
  LastModified: "server",
  ContentLength: "managed",
  ChecksumCRC32: otherChecksum,
  ChecksumCRC32C: otherChecksum,
  ChecksumCRC64NVME: otherChecksum,
  ChecksumSHA1: otherChecksum,
  ChecksumSHA256: "managed",
  ChecksumSHA512: otherChecksum,
  ChecksumMD5: otherChecksum,
  ChecksumXXHASH64: otherChecksum,
  ChecksumXXHASH3: otherChecksum,
  ChecksumXXHASH128: otherChecksum,
  ChecksumType: otherChecksum,
  ETag: ignored("not the MD5 under KMS or multipart"),
  MissingMeta: "server",
  VersionId: version,
  CacheControl: "managed",
  ContentDisposition: "managed",
  ContentEncoding: "managed",
  ContentLanguage: "managed",
  ContentType: "managed",
  ContentRange: "server",
  Expires: expires,
  ExpiresString: expires,
  WebsiteRedirectLocation: "managed",
  ServerSideEncryption: "managed",
  Metadata: "managed",
  SSECustomerAlgorithm: theirKey,
  SSECustomerKeyMD5: theirKey,
  SSEKMSKeyId: "managed",
  BucketKeyEnabled: "managed",
  StorageClass: "managed",
  RequestCharged: "server",
  ReplicationStatus: "server",
  PartsCount: "server",
  TagCount: "managed",
  ObjectLockMode: "managed",
  ObjectLockRetainUntilDate: "managed",
  ObjectLockLegalHoldStatus: "managed",
  ObjectLockEventHold: held,
  ObjectLockEventHoldDurationDays: held,
  ObjectLockEventHoldDurationYears: held,
} satisfies Coverage<HeadObjectOutput>;
