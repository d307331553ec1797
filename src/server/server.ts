import http from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import { encodeProblem, type ParseError, problemOf } from "./bad-request.ts";
import { createSecureServer, isRefused } from "./secure.ts";
import type { KeyPair } from "./tls.ts";

/** How long a request may take to arrive, and how often that is looked at. */
export interface Patience {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly checkMs: number;
}

/** `close()` lets what is under way come to its end; `closeAllConnections()` does not. */
export type WebServer = NetServer & { closeAllConnections(): void; closeIdleConnections(): void };

/**
 * An HTTP server that has bounds for what is slow or large, and says so in the same words as the routes. With a key pair
 * it speaks HTTPS: HTTP/2, and HTTP/1.1 to whom does not.
 */
export function createServer(
  handler: http.RequestListener,
  patience: Partial<Patience> = {},
  pair?: KeyPair,
): WebServer {
  const { headersMs = 10_000, requestMs = 30_000, checkMs = 2_000 } = patience;
  const bounds = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 65_000, // longer than the 60 s of usual proxies, which would else meet a closing connection
  };
  const server: WebServer =
    pair === undefined
      ? http.createServer({
          ...bounds,
          highWaterMark: 16 * 1024, // what is queued for a reader before it counts as slow
          requireHostHeader: false, // the app answers that itself
        })
      : createSecureServer(pair, bounds);

  /** An answer that was begun before the server closed has promised to keep its connection, for which nobody comes now. */
  const leave = (socket: Duplex): void => {
    // Streams end their own: looking through ten thousand connections for each of them would take longer than the drain.
    if (!server.listening && !socket.writableEnded) server.closeIdleConnections();
  };
  const answers = new WeakMap<Duplex, http.ServerResponse>();
  // Koa takes HTTP/2's requests for HTTP/1's, which they resemble.
  const handle = (
    req: http.IncomingMessage & Http2ServerRequest,
    res: http.ServerResponse & Http2ServerResponse,
  ): void => {
    if (req.httpVersionMajor === 1) {
      answers.set(req.socket, res);
      res.once("close", () => leave(req.socket));
    } else if (isRefused(req, res, requestMs)) return;
    handler(req, res);
  };
  server.on("request", handle);
  // Without this, Node itself invites a body of any size. Routes that want it say so (routes/body.ts).
  server.on("checkContinue", handle);
  server.on("clientError", (error: ParseError, socket: Duplex) => {
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
