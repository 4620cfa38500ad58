import { constants, gunzipSync } from "node:zlib";

/** What of a gzip can be read. Pure. */

/** As the pipeline's readers (`metriccare_etl/limits.py`): beyond this it is a bomb, and none of its rows is read. */
const HARMLESS = 32_000_000;
const RATIO = 200;
/** A single string or buffer of Node's holds no more; the pipeline's default is 5,000 megabytes. */
const MOST = 2_000_000_000;

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Everything up to where it is cut off or damaged. A wrong checksum is damage too: what was there is something else. */
export function unzipped(stored: Buffer, harmless = HARMLESS): { readonly bytes: Buffer; readonly unseen: boolean } {
  const maxOutputLength = Math.min(MOST, Math.max(harmless, RATIO * stored.length));
  const first = (size: number): Buffer | undefined => {
    try {
      return gunzipSync(stored.subarray(0, size), { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength });
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return undefined;
    }
  };
  try {
    const whole = first(stored.length);
    if (whole) return { bytes: whole, unseen: false };
    // The longest beginning that is sound: zlib gives nothing of what came before an error.
    let sound = 0;
    let not = stored.length;
    while (not - sound > 1) {
      const middle = (sound + not) >>> 1;
      if (first(middle)) sound = middle;
      else not = middle;
    }
    return { bytes: first(sound) ?? Buffer.alloc(0), unseen: true };
  } catch {
    return { bytes: Buffer.alloc(0), unseen: true };
  }
}
