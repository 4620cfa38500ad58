export { bucket } from "./bucket.ts";
export {
  base64ToHex,
  ContentChanged,
  contentOf,
  hexToBase64,
  provideContent,
  sha256Base64,
  sha256Hex,
} from "./content.ts";
export { notification } from "./notification.ts";
export { object, objectName, watchBucket } from "./object.ts";
export {
  type BucketProps,
  NO_PUBLIC_ACCESS,
  type NotificationEntry,
  type NotificationProps,
  type ObjectProps,
} from "./props.ts";
export { LEASE_KEY } from "./versions.ts";
export { readFolder, zipFiles } from "./zip.ts";
