import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  fields,
  frame,
  GOAWAY,
  HEADERS,
  number,
  PING,
  PREFACE,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "../support/http2-frames.ts";
import { ENDLESS, earnest, type Sender } from "./earnest-requests.ts";
import type { Random } from "./random.ts";
import type { Wild } from "./wild-requests.ts";

/** Connections of HTTP/2 that nobody should make, as bytes. The same ones for the same choices. */

/** A session of so many requests: most of them as they should be, some left, some broken, with odd frames between. */
export function session(random: Random, requests: number, sender: Sender): Wild {
  const parts = [PREFACE, settings(random)];
  for (let i = 0; i < requests; i++) {
    parts.push(...request(random, 2 * i + 1, sender));
    if (random.next() < 0.1) parts.push(odd(random, 2 * i + 1));
  }
  const bytes = Buffer.concat(parts);
  // One in some: what follows is no frame any more.
  if (random.next() < 0.2) bytes[random.from(PREFACE.length, bytes.length - 1)]! ^= random.from(1, 255);
  return { bytes, requests };
}

/**
 * A session that is ended with an error while its requests are under way, and goes on all the same: in pieces, each to be written
 * by itself, so that the server is still writing when the next one comes.
 */
export function endedAndGoingOn(random: Random): Buffer[] {
  const begin = (stream: number) => {
    const [method, target] = random.pick([
      ["POST", "/publish/feed"],
      ["POST", "/nowhere"],
      ["GET", "/events?regions=feed"],
    ] as const);
    const list: [string, string][] = [
      [":method", method],
      [":scheme", "https"],
      [":authority", "localhost"],
      [":path", target],
      ["content-type", "application/json"],
      ["accept", "*/*"],
    ];
    return frame(HEADERS, END_HEADERS, stream, fields(list));
  };
  const window = Buffer.concat([Buffer.from([0, 4]), number(random.pick([0, 100, 1_500, 65_535]))]);
  const frames = [Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, window)]), begin(1)];
  let newest = 1;
  for (let left = random.from(3, 14); left > 0; left--) {
    const body = frame(DATA, 0, 1 + 2 * random.from(0, (newest - 1) / 2), Buffer.alloc(random.from(0, 3_000)));
    if (random.next() < 0.6) frames.push(body);
    else {
      newest += 2;
      frames.push(begin(newest));
    }
  }
  const goaway = frame(GOAWAY, 0, 0, Buffer.concat([number(0), number(1)]));
  frames.push(goaway, begin(newest + 2), frame(DATA, 0, newest + 2, Buffer.alloc(100)));
  const pieces: Buffer[][] = [[]];
  for (const one of frames) {
    pieces.at(-1)!.push(one);
    if (random.next() < 0.4) pieces.push([]);
  }
  return pieces.map((piece) => Buffer.concat(piece));
}

function settings(random: Random): Buffer {
  const odd = random.next() < 0.2;
  const list: [id: number, value: number][] = odd
    ? Array.from({ length: random.from(1, 40) }, () => [
        random.from(0, 9),
        random.pick([0, 1, 2, 100, 2 ** 14 - 1, 2 ** 16, 2 ** 31 - 1, 2 ** 32 - 1]),
      ])
    : [[4, random.pick([0, 1, 1_000, 65_535, 2 ** 31 - 1])]]; // the window of each stream
  const entries = list.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), number(value)]));
  return frame(SETTINGS, 0, 0, Buffer.concat(entries));
}

function request(random: Random, stream: number, sender: Sender): Buffer[] {
  const { method, target, headers, body } = random.next() < 0.1 ? random.pick(ENDLESS) : earnest(random, sender);
  const list: [string, string][] = [
    [":method", method],
    [":scheme", "https"],
    [":authority", "localhost"],
    [":path", target],
    ...headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]),
  ];
  if (random.next() < 0.15) spoil(list, random);
  const block = fields(list);
  const ends = body === undefined;
  const parts: Buffer[] = [];
  if (random.next() < 0.1) {
    const at = random.from(0, block.length);
    parts.push(frame(HEADERS, ends ? END_STREAM : 0, stream, block.subarray(0, at)));
    parts.push(frame(CONTINUATION, END_HEADERS, stream, block.subarray(at)));
  } else parts.push(frame(HEADERS, (ends ? END_STREAM : 0) | END_HEADERS, stream, block));
  if (body !== undefined) {
    const bytes = Buffer.from(body).subarray(0, 16_000);
    parts.push(frame(DATA, random.next() < 0.9 ? END_STREAM : 0, stream, bytes));
  }
  if (random.next() < 0.3) parts.push(frame(RST_STREAM, 0, stream, number(random.pick([0, 2, 5, 8, 11]))));
  return parts;
}

/** Fields that are wrong, missing, twice there, or many. */
function spoil(list: [string, string][], random: Random): void {
  const at = random.from(0, list.length - 1);
  const field: [string, string] = random.pick([
    [":path", random.pick(["", "*", "//a%@b/#", "http://]/", "x", "/\0", "/\xff", `/${"x".repeat(9_000)}`])],
    [":method", random.pick(["CONNECT", "", "get", "TRACE", "HEAD", "X Y"])],
    [":authority", random.pick(["", "a:80@localhost", "evil.example", "\0"])],
    [":protocol", "websocket"],
    [":status", "200"],
    ["connection", "close"],
    ["transfer-encoding", "chunked"],
    ["content-length", random.pick(["-1", "5", "99999999999999999999"])],
    ["expect", random.pick(["100-continue", "tea"])],
    ["te", "trailers"],
    ["Upper", "case"],
    ["", "x"],
    ["cookie", "x".repeat(random.pick([10, 4_000, 20_000]))],
  ]);
  random.pick([
    () => list.splice(at, 1),
    () => list.splice(at, 1, field),
    () => list.push(field),
    () => list.push(...Array.from({ length: 200 }, (): [string, string] => ["x", "y"])),
  ])();
}

/** A frame out of place. */
function odd(random: Random, stream: number): Buffer {
  const id = random.pick([0, 1, 2, stream, stream + 2, 2 ** 31 - 1]);
  const bytes = Buffer.from(Array.from({ length: random.from(0, 20) }, () => random.from(0, 255)));
  return random.pick([
    () => frame(PING, random.from(0, 1), 0, Buffer.alloc(8)),
    () => Buffer.concat(Array.from({ length: 100 }, () => frame(PING, 0, 0, Buffer.alloc(8)))),
    () => Buffer.concat(Array.from({ length: 100 }, () => frame(SETTINGS, 0, 0))),
    () => frame(SETTINGS, 1, 0),
    () => frame(WINDOW_UPDATE, 0, id, number(random.pick([0, 1, 2 ** 31 - 1, 2 ** 32 - 1]))),
    () => frame(PRIORITY, 0, id, Buffer.from([0, 0, 0, random.from(0, 9), 16])),
    () => frame(DATA, random.from(0, 15), id, bytes),
    () => frame(PUSH_PROMISE, END_HEADERS, id, bytes),
    () => frame(CONTINUATION, 0, id, bytes),
    () => frame(RST_STREAM, 0, id, number(8)),
    () => frame(GOAWAY, 0, 0, Buffer.concat([number(stream), number(0)])),
    () => frame(random.from(0, 255), random.from(0, 255), id, bytes, random.pick([bytes.length, 0, 2 ** 24 - 1])),
    () => bytes,
  ])();
}
