import http from "node:http";
import { Problem } from "../problem.ts";

/** What Node's parser says of bytes that it cannot take. */
export type ParseError = NodeJS.ErrnoException & { rawPacket?: Buffer };

export const tooSlow = () => new Problem(408, "request_timeout", "The request took too long to arrive. Send it again.");
export const headersTooLarge = () =>
  new Problem(431, "headers_too_large", "The headers are over 16 KiB. Send fewer, or delete cookies.");

/** The same words as the routes', for what never becomes a request. */
export function problemOf({ code, rawPacket }: ParseError): Problem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
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

/** Address and headers share one limit: the address was too long if the request's first line alone is. */
function isLongLine(packet: Buffer): boolean {
  const end = packet.indexOf("\n");
  return /^[A-Z]+ /.test(packet.toString("latin1", 0, 20)) && (end < 0 || end > http.maxHeaderSize);
}

/** A whole HTTP/1 answer, for where there is no response object to write it with. */
export function encodeProblem(problem: Problem): string {
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}
