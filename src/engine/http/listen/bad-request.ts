import { randomUUID } from "node:crypto";
import http from "node:http";
import { Http2ServerRequest } from "node:http2";
import { Problem } from "../../core/problem.ts";
import type { AnyRequest, AnyResponse } from "./web-server.ts";

/** The error of Node's parser for bytes that are no request. */
export type ParseError = NodeJS.ErrnoException & { rawPacket?: Buffer };

export const tooSlow = () => new Problem(408, "request_timeout", "The request took too long to arrive. Send it again.");
export const headersTooLarge = () =>
  new Problem(431, "headers_too_large", "The headers are over 16 KiB. Send fewer, or delete cookies.");

/** The answer to bytes that never become a request, in the same form as the routes' errors. */
export function problemOf({ code, rawPacket }: ParseError): Problem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
    case "ERR_TLS_HANDSHAKE_TIMEOUT": // its headers' time is over before they can come
      return tooSlow();
    case "HPE_HEADER_OVERFLOW":
      return rawPacket !== undefined && isLongLine(rawPacket)
        ? new Problem(414, "url_too_long", "The address is too long. Shorten it.")
        : headersTooLarge();
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new Problem(413, "body_too_large", "The body's chunk extensions are too large. Leave them out.");
    default:
      return new Problem(400, "request_invalid", "This is not a valid HTTP request.");
  }
}

/**
 * Why a request is refused before any route sees it; undefined if it is not. What comes after this may rely on it that the
 * version is the connection's, and that the address is a path which can be parsed.
 */
export function refusalOf(req: AnyRequest): Problem | undefined {
  if (!(req instanceof Http2ServerRequest) && req.httpVersionMajor !== 1) {
    return new Problem(505, "version_unsupported", "Speak HTTP/1.1, or HTTP/2 over TLS.");
  }
  // HTTP/2 lets any word pass as a method, and the router takes “get” for GET, while others do not.
  if (!http.METHODS.includes(req.method ?? "")) {
    return new Problem(
      501,
      "method_unknown",
      "There is no such method. Methods are in capitals, such as GET and POST.",
    );
  }
  // Anything but visible ASCII, and “#”, would reach a parser that throws on some of it.
  if (!/^\/[!"$-~]*$/.test(req.url ?? "") && !isServerWide(req)) {
    return new Problem(400, "url_invalid", "Ask for a path that begins with “/”, and percent-encode what is no ASCII.");
  }
  if (!/^(100-continue)?$/i.test(req.headers.expect ?? "")) {
    return new Problem(417, "expectation_unknown", "Send it without Expect, or with Expect: 100-continue.");
  }
  return undefined;
}

/** Whether it is `OPTIONS *`, which asks what the server as a whole can do. */
export function isServerWide({ method, url }: AnyRequest): boolean {
  return method === "OPTIONS" && url === "*";
}

/** Address and headers share one limit: the address was too long if the request's first line alone is. */
function isLongLine(packet: Buffer): boolean {
  const end = packet.indexOf("\n");
  return /^[A-Z]+ /.test(packet.toString("latin1", 0, 20)) && (end < 0 || end > http.maxHeaderSize);
}

/** @param id the request's, to find what the log says of it */
export function answerProblem(res: AnyResponse, problem: Problem, id: string = randomUUID()): void {
  const body = bodyOf(problem, id);
  res.writeHead(problem.status, {
    "Content-Type": "application/problem+json",
    "Content-Length": Buffer.byteLength(body),
    "X-Request-Id": id,
    ...problem.headers,
  });
  res.end(body);
}

/** A whole HTTP/1 answer, for where there is no response object to write it with. */
export function encodeProblem(problem: Problem, id: string): string {
  const body = bodyOf(problem, id);
  return [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}

function bodyOf(problem: Problem, id: string): string {
  return JSON.stringify({ ...problem.toJSON(), request_id: id });
}
