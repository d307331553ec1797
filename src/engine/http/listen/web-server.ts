import type http from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Server as NetServer } from "node:net";
import type { KeyPair } from "./tls.ts";

/**
 * `close()` takes no new connections, and waits for those that are open to end: requests on them are answered. After it
 * `closeIdleConnections()` ends those that have none, and each after its answer; `closeAllConnections()` cuts all off.
 */
export type WebServer = NetServer & {
  closeAllConnections(): void;
  closeIdleConnections(): void;
  /** Of a server with TLS: new connections get this pair, and those that are open go on. */
  setSecureContext?(pair: KeyPair): void;
};

/** A request of either protocol. Koa treats both as HTTP/1's, which HTTP/2's resemble. */
export type AnyRequest = http.IncomingMessage | Http2ServerRequest;
export type AnyResponse = http.ServerResponse & Http2ServerResponse;
