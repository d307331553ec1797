import http from "node:http";
import {
  constants,
  createSecureServer as createHttp2Server,
  type Http2SecureServer,
  type Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { Socket } from "node:net";
import { setDefaultHighWaterMark } from "node:stream";
import type { TLSSocket } from "node:tls";
import { LIMITS } from "../../core/limits.ts";
import { answersBy } from "./answers.ts";
import { answerProblem, headersTooLarge, tooSlow } from "./bad-request.ts";
import { FirstBytes } from "./first-bytes.ts";
import type { KeyPair } from "./tls.ts";
import type { Unsent } from "./unsent.ts";
import type { AnyResponse, WebServer } from "./web-server.ts";

/** Node's bounds for HTTP/1, which a secure server takes as properties and not as options; and one for HTTP/2. */
export interface NodeBounds {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly keepAliveTimeout: number;
  /** How long an HTTP/2 connection may be silent after it was pinged. */
  readonly silenceMs: number;
}

/** How long a request may go on to send its body after it was answered. */
const LINGER_MS = 1_000;

/** A server for HTTP/2, and for HTTP/1.1 where the client does not speak that. */
export function createSecureServer(pair: KeyPair, bounds: NodeBounds, unsent: Unsent, lone: http.Server): WebServer {
  // What is queued for a reader before it counts as slow. Neither a server's TLS sockets nor HTTP/2's streams take an
  // option for it, and from Node 22 on they would queue four times as much.
  setDefaultHighWaterMark(false, 16 * 1024);
  const server = createHttp2Server({
    ...pair,
    allowHTTP1: true,
    Http1ServerResponse: answersBy(unsent, http.ServerResponse),
    Http2ServerResponse: answersBy(unsent, Http2ServerResponse),
    handshakeTimeout: bounds.headersTimeout,
    settings: {
      // One for each tab of a visitor. By default there is no limit, and each may leave unread what is queued for it.
      maxConcurrentStreams: LIMITS.connectionStreams,
      // Beyond it Node resets the stream without an answer. Up to it `isRefused` gives one.
      maxHeaderListSize: 4 * http.maxHeaderSize,
    },
  }) as Http2SecureServer & Pick<http.Server, "closeIdleConnections">; // it has it, for HTTP/1; its types do not tell

  new FirstBytes(server, "secureConnection", bounds.connectionsCheckingInterval, lone);
  // Below TLS, since some never shake hands.
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  let newest: TLSSocket;
  server.prependListener("secureConnection", (socket) => {
    newest = socket; // Node emits the event of the session within that of the socket
    // A peer's last word closes its own side only (RFC 8446, 6.1). HTTP/2 has a word of its own for that.
    socket.allowHalfOpen = socket.alpnProtocol !== "h2";
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    destroyLater(session);
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    // A heartbeat counts as life, and streams that are open go on to their end.
    session.setTimeout(bounds.keepAliveTimeout, () => session.close());
    endOnceSilent(session, newest, bounds.silenceMs);
    cutFlood(session, newest);
    if (!server.listening) session.close(); // it was still shaking hands when the server closed
  });

  const close = server.close.bind(server);
  return Object.assign(server, bounds, {
    httpAllowHalfOpen: true, // as without TLS, see server.ts
    /** Node's own waits for all sessions to end, and does not ask them to. */
    close(done?: (error?: Error) => void) {
      close(done);
      for (const session of sessions) session.close();
      return server;
    },
    closeAllConnections() {
      for (const socket of sockets) socket.destroy();
    },
  });
}

/**
 * Has Node destroy a session only once it has done with the bytes that it reads. Else a peer that says GOAWAY with an error, and
 * goes on with another request and its body, ends the process: Node 20 gives that body to a stream that it has not set up, since
 * the session is destroyed (`Assertion failed: onread->IsFunction()`, nodejs/node#64850).
 */
function destroyLater(session: ServerHttp2Session): void {
  const destroy = session.destroy.bind(session);
  session.destroy = (error?: Error, code?: number) => void setImmediate(destroy, error, code);
}

/**
 * Ends a connection that does not answer pings. Once a peer has broken the protocol, Node no longer reads from it, and so would
 * not notice that it has gone: connection, session and streams would be kept for ever.
 */
function endOnceSilent(session: ServerHttp2Session, socket: TLSSocket, silenceMs: number): void {
  let heard = -1;
  const timer = setInterval(() => {
    if (session.destroyed || socket.bytesRead === heard) {
      socket.destroy();
      return;
    }
    heard = socket.bytesRead;
    session.ping(() => {}); // each answer is bytes
  }, silenceMs);
  socket.on("close", () => clearInterval(timer));
}

/**
 * Cuts a connection that takes back what it asks, to ask anew, so often that one turn of the event loop brings twice as many
 * requests as may be open (CVE-2023-44487): until its end the turn keeps all that Node makes of each.
 */
function cutFlood(session: ServerHttp2Session, socket: TLSSocket): void {
  let came = 0;
  session.on("stream", () => {
    if (came === 0) setImmediate(() => (came = 0));
    if (++came > 2 * LIMITS.connectionStreams) socket.destroy();
  });
}

/**
 * Applies to an HTTP/2 request the bounds that Node applies to HTTP/1 only.
 * @returns whether it was refused, and answered
 */
export function isRefused(req: Http2ServerRequest, res: AnyResponse, requestMs: number): boolean {
  if (req.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0) > http.maxHeaderSize) {
    answerProblem(res, headersTooLarge());
    return true;
  }
  const { stream } = req;
  if (stream.endAfterHeaders) return false;
  const late = setTimeout(() => {
    if (res.headersSent) stream.close(constants.NGHTTP2_CANCEL);
    else answerProblem(res, tooSlow());
  }, requestMs);
  req.once("end", () => clearTimeout(late));
  stream.once("close", () => clearTimeout(late));
  // Tells a client that still sends that it need not (RFC 9113, 8.1); a little later, since some would not read the answer
  // else.
  stream.once("finish", () => setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), LINGER_MS).unref());
  return false;
}
