import http from "node:http";
import type { Duplex } from "node:stream";
import { Problem } from "./problem.ts";

/** How long a request may take to arrive, and how often that is looked at. */
export interface Patience {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
}

/** An HTTP server that has bounds for what is slow or large, and says so in the same words as the routes. */
export function createServer(handler: http.RequestListener, patience: Partial<Patience> = {}): http.Server {
  const answers = new WeakMap<Duplex, http.ServerResponse>();
  const server = http.createServer({
    highWaterMark: 16 * 1024, // what is queued for a reader before it counts as slow
    headersTimeout: patience.headersMs ?? 10_000,
    requestTimeout: patience.requestMs ?? 30_000,
    connectionsCheckingInterval: patience.checkMs ?? 2_000,
    keepAliveTimeout: 65_000, // longer than the 60 s of usual proxies, which would else meet a closing connection
    requireHostHeader: false, // the app answers that itself
  });
  const handle: http.RequestListener = (req, res) => {
    answers.set(req.socket, res);
    handler(req, res);
  };
  server.on("request", handle);
  // Without this, Node itself invites a body of any size. Routes that want it say so (routes/body.ts).
  server.on("checkContinue", handle);
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    const answer = answers.get(socket);
    // An answer that is on its way must not be broken into.
    if (!socket.writable || error.code === "ECONNRESET" || (answer && !answer.writableFinished && answer.headersSent)) {
      socket.destroy();
      return;
    }
    socket.end(encodeProblem(problemOf(error)), () => socket.destroy());
  });
  return server;
}

function problemOf({ code, rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): Problem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Problem(408, "request_timeout", "The request took too long to arrive. Send it again.");
    case "HPE_HEADER_OVERFLOW":
      return rawPacket !== undefined && isLongLine(rawPacket)
        ? new Problem(414, "url_too_long", "The address is too long. Shorten it.")
        : new Problem(431, "headers_too_large", "The headers are over 16 KiB. Send fewer, or delete cookies.");
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

function encodeProblem(problem: Problem): string {
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
