import { CHUNK_BYTES } from "../../regions/chunk.ts";

/** An event as it goes over the wire. */
export interface EventBytes {
  readonly seq: number;
  readonly bytes: Buffer;
}

/** What is one write. */
export interface Piece extends EventBytes {
  /** How many events it holds; `seq` is the last one's. */
  readonly events: number;
}

/** What some of a group's readers are written. */
export interface Written<Reader> {
  readonly readers: Iterable<Reader>;
  /** How many these are. */
  readonly count: number;
  /** In order. Who cannot take one is written none that follow. */
  readonly pieces: readonly Piece[];
}

/**
 * How what a group's readers are sent is encoded. It is told of all that they are sent, in order: to whom, and who has begun or
 * ceased to be sent what the others are.
 */
export interface Encoding<Reader> {
  /** Whether it takes fewer bytes where all readers are sent the same, heartbeats included. */
  readonly prefersAll: boolean;
  /** The beginning of a stream. */
  first(bytes: Buffer): Buffer;
  /** A reader has been caught up: from now on it is sent what the group is. */
  joined(reader: Reader): void;
  /** It is sent nothing until it has joined again but what it catches up with. */
  left(reader: Reader): void;
  /** What one reader alone is sent. */
  own(reader: Reader, bytes: Buffer): Buffer;
  /** What a reader catches up with. Others at the same position are given the same Buffer. */
  catchUp(bytes: Buffer): Buffer;
  /** What all are sent. @param readers all who have joined and not left */
  all(events: readonly EventBytes[], readers: ReadonlySet<Reader>): Written<Reader>[];
  /** What some are sent that is no event of a region: one piece. @param some of `readers`, each once */
  some(bytes: Buffer, some: readonly Reader[], readers: ReadonlySet<Reader>): Written<Reader>[];
  /** No reader is left. */
  close(): void;
}

/** Every reader is sent the bytes as they are. */
export function plain<Reader>(): Encoding<Reader> {
  return {
    prefersAll: false,
    first: asIs,
    joined() {},
    left() {},
    own: (_, bytes) => bytes,
    catchUp: asIs,
    all: (events, readers) => [{ pieces: piecesOf(events, asIs), readers, count: readers.size }],
    some: (bytes, some) => [{ pieces: piecesOf([{ seq: 0, bytes }], asIs), readers: some, count: some.length }],
    close() {},
  };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/**
 * Puts events together, so that they are one write for each reader. More than {@link CHUNK_BYTES} stay apart, so that a slow
 * reader has at most this and one event waiting in the process.
 */
export function piecesOf(events: readonly EventBytes[], encode: (bytes: Buffer) => Buffer): Piece[] {
  const together =
    lengthOf(events) <= CHUNK_BYTES ? [joined(events)] : events.map((event) => ({ ...event, events: 1 }));
  const pieces = together.map((piece) => ({ ...piece, bytes: encode(piece.bytes) }));
  return lengthOf(pieces) <= CHUNK_BYTES ? [joined(pieces, events.length)] : pieces;
}

function joined(events: readonly EventBytes[], count = events.length): Piece {
  const bytes = events.length === 1 ? events[0]!.bytes : Buffer.concat(events.map((event) => event.bytes));
  return { seq: events.at(-1)!.seq, bytes, events: count };
}

function lengthOf(events: readonly EventBytes[]): number {
  return events.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
