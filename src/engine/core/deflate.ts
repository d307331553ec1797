import { constants, deflateRawSync } from "node:zlib";

// What comes in gzip is a header and blocks of DEFLATE (RFC 1951). A block may repeat what its reader was sent up to 32 KiB before, by
// how far back that is. All that is made here ends on a byte, so that blocks can follow each other as they were not made. A page ends
// with a checksum; nothing ends a stream but its connection, since its checksum would have to be counted for each reader.

/** The beginning (RFC 1952): by deflate, no name, no time, from any system. */
export const GZIP_HEADER: Buffer = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

const MAX_STORED_BYTES = 0xffff;

/** As blocks that are not compressed and refer to nothing: 5 bytes more for each 64 KiB, and no work. */
export function stored(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += MAX_STORED_BYTES) {
    const piece = bytes.subarray(from, from + MAX_STORED_BYTES);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(piece.length ^ MAX_STORED_BYTES, 3);
    blocks.push(head, piece);
  }
  return Buffer.concat(blocks);
}

/** What is compressed at once goes into one piece of memory of this size, most often. */
const CHUNK_SIZE_BYTES = 4 * 1024;

/**
 * As compressed blocks.
 * @param before what its reader was sent right before, without a byte between, and which they may refer to. Without it they refer
 *   to nothing
 */
export function deflated(bytes: Buffer, before?: Buffer): Buffer {
  const made = deflateRawSync(bytes, {
    // Unlike a finish: more follows, from the next byte.
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: CHUNK_SIZE_BYTES,
    ...(before !== undefined && before.length > 0 && { dictionary: before }),
  });
  // A copy, or the few bytes would keep the whole chunk for as long as they are kept, or wait for a slow reader.
  return Buffer.from(made);
}
