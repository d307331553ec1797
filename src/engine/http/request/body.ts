import type Koa from "koa";
import type { Context } from "koa";
import { GrowingBytes } from "../../core/growing-bytes.ts";
import { Problem } from "../../core/problem.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";

/** For each app, the bodies that it receives. */
const arrivals = new WeakMap<Koa, Arrivals>();

/**
 * The request's body, read up to a limit.
 * @throws Problem 413 `body_too_large`, 415 `encoding_unsupported`, 400 `body_incomplete`, 503 `overloaded`
 */
export async function readBody(ctx: Context, limit: number): Promise<Buffer> {
  const all = arrivals.get(ctx.app) ?? new Arrivals();
  arrivals.set(ctx.app, all);
  const length = Number(ctx.req.headers["content-length"]);
  const body = new GrowingBytes();
  let whole: Buffer | undefined;
  const arrival: Arrival = { bytes: 0, refuse: () => {} };
  const take = (piece: Buffer) => {
    if (body.length + piece.length > limit) throw tooLarge(limit);
    // Most come in one piece. It is not copied, since nothing has to wait for the rest of it.
    if (piece.length === length) whole = piece;
    else body.add(piece);
    all.add(arrival, piece.length);
  };
  try {
    await readPieces(ctx, limit, take, arrival);
    return whole ?? body.bytes;
  } finally {
    all.delete(arrival);
  }
}

/**
 * Reads the request's body in pieces, as they come. If `take` throws, or somebody calls the `refuse` that is put into `arrival`, it
 * ends with that error, and the rest is left unread.
 * @param limit of Content-Length, in bytes
 * @throws Problem 413 `body_too_large`, 415 `encoding_unsupported`, 400 `body_incomplete`, and what ends it
 */
export async function readPieces(
  ctx: Context,
  limit: number,
  take: (piece: Buffer) => void,
  arrival?: Pick<Arrival, "refuse">,
): Promise<void> {
  expectBody(ctx, limit);
  const { req } = ctx;
  // It was cut before this was called, and no event will tell so.
  if (req.destroyed || req.aborted) throw incomplete();
  await new Promise<void>((resolve, reject) => {
    let isOver = false;
    const refuse = (error: unknown) => {
      if (isOver) return;
      isOver = true;
      req.off("data", onData).pause();
      reject(error);
    };
    const onData = (piece: Buffer) => {
      try {
        take(piece);
      } catch (error) {
        refuse(error);
      }
    };
    const onEnd = () => {
      isOver = true;
      resolve();
    };
    const onClose = () => {
      if (!isOver) refuse(incomplete());
    };
    if (arrival !== undefined) arrival.refuse = refuse;
    req.on("end", onEnd).on("close", onClose).on("error", onClose).on("data", onData);
  });
}

/** Refuses by the headers, before any of the body is read, and invites a client that asks first. */
function expectBody({ req, res }: Context, limit: number): void {
  const { "content-encoding": encoded = "", "content-length": length, expect = "" } = req.headers;
  const encoding = encoded.trim().toLowerCase();
  if (encoding !== "" && encoding !== "identity") {
    throw new Problem(415, "encoding_unsupported", "Send the body without Content-Encoding: it is read as it is.");
  }
  if (Number(length) > limit) throw tooLarge(limit);
  // A client that asks first has waited for this, and does not send what is refused (listen/server.ts).
  if (expect !== "" && /100-continue/i.test(expect)) res.writeContinue();
}

function incomplete(): Problem {
  return new Problem(400, "body_incomplete", "The body ended before its Content-Length. Send it again.");
}

/** The media type of the body, without parameters. */
export function mediaType(ctx: Context): string {
  return (ctx.req.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

function tooLarge(limit: number): Problem {
  return new Problem(413, "body_too_large", `The body is over ${limit / 1024} KiB. Send less at once.`);
}

/** Whether a part of the body is still to come on an HTTP/1 connection, which can then not be used again. */
export function isUnread({ req }: Context): boolean {
  const { "transfer-encoding": chunked, "content-length": length } = req.headers;
  return !req.complete && req.httpVersionMajor === 1 && (chunked !== undefined || Number(length) > 0);
}

const LINGER_MS = 1000;
const LINGER_BYTES = 4 * 1024 * 1024;

/**
 * Answers a request whose body was not read to its end, and closes the connection. To close it at once would reset it before
 * the answer has arrived: so the rest of the body is read and thrown away, for at most a second.
 */
export function answerUnread(ctx: Context, answer: Buffer): void {
  const { req, res } = ctx;
  ctx.respond = false;
  ctx.set("Connection", "close");
  ctx.length = answer.length;
  res.write(answer);
  let left = LINGER_BYTES;
  const end = () => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  req.on("end", end).on("close", end);
  req.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  req.resume();
}
