import { constants, gunzipSync } from "node:zlib";

/** What a reader makes of a gzip stream of which so much has arrived. It has no end: only its connection ends it. */
export function inflated(arrived: Buffer): Buffer {
  // To the reader, what has arrived is all there is so far.
  return arrived.length === 0 ? arrived : gunzipSync(arrived, { finishFlush: constants.Z_SYNC_FLUSH });
}
