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
  const body = new GrowingBytes();
  const gone = new AbortController();
  const arrival: Arrival = { bytes: 0, refuse: (problem) => gone.abort(problem) };
  const take = (piece: Buffer) => {
    if (body.length + piece.length > limit) throw tooLarge(limit);
    body.add(piece);
    all.add(arrival, piece.length);
  };
  try {
    await readPieces(ctx, limit, take, gone.signal);
    return body.bytes;
  } finally {
    all.delete(arrival);
  }
}

/**
 * Reads the request's body in pieces, as they come. If `take` throws, or `signal` is aborted, it ends with that error, and the
 * rest is left unread.
 * @param limit of Content-Length, in bytes
 * @throws Problem 413 `body_too_large`, 415 `encoding_unsupported`, 400 `body_incomplete`, and what ends it
 */
export async function readPieces(
  ctx: Context,
  limit: number,
  take: (piece: Buffer) => void,
  signal?: AbortSignal,
): Promise<void> {
  expectBody(ctx, limit);
  const { req } = ctx;
  // It was cut before this was called, and no event will tell so.
  if (req.destroyed || req.aborted) throw incomplete();
  await new Promise<void>((resolve, reject) => {
    const over = (error?: unknown) => {
      signal?.removeEventListener("abort", onAbort);
      req.off("data", onData).off("end", over).off("close", onClose).off("error", onClose).pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = () => over(signal?.reason);
    const onClose = () => over(incomplete());
    const onData = (piece: Buffer) => {
      try {
        take(piece);
      } catch (error) {
        over(error);
      }
    };
    signal?.addEventListener("abort", onAbort);
    req.on("end", over).on("close", onClose).on("error", onClose).on("data", onData);
  });
}

/** Refuses by the headers, before any of the body is read, and invites a client that asks first. */
function expectBody(ctx: Context, limit: number): void {
  const encoding = ctx.get("Content-Encoding").trim().toLowerCase();
  if (encoding !== "" && encoding !== "identity") {
    throw new Problem(415, "encoding_unsupported", "Send the body without Content-Encoding: it is read as it is.");
  }
  if (Number(ctx.get("Content-Length")) > limit) throw tooLarge(limit);
  // A client that asks first has waited for this, and does not send what is refused (listen/server.ts).
  if (/100-continue/i.test(ctx.get("Expect"))) ctx.res.writeContinue();
}

function incomplete(): Problem {
  return new Problem(400, "body_incomplete", "The body ended before its Content-Length. Send it again.");
}

/** The media type of the body, without parameters. */
export function mediaType(ctx: Context): string {
  return ctx.get("Content-Type").split(";", 1)[0]!.trim().toLowerCase();
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
