import type http from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Server as NetServer } from "node:net";

/** `close()` lets what is under way come to its end; `closeAllConnections()` does not. */
export type WebServer = NetServer & { closeAllConnections(): void; closeIdleConnections(): void };

/** Koa takes HTTP/2's requests for HTTP/1's, which they resemble. */
export type AnyRequest = http.IncomingMessage | Http2ServerRequest;
export type AnyResponse = http.ServerResponse & Http2ServerResponse;
