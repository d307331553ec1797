import { randomUUID } from "node:crypto";
import http from "node:http";
import { Http2ServerRequest, type Http2Session } from "node:http2";
import type { Socket } from "node:net";
import { LIMITS } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { type Report, report as toOperator } from "../../ops/logger.ts";
import { Metrics } from "../../ops/metrics.ts";
import { isLone, isTaken, markLone } from "../request/lone-request.ts";
import { answersBy } from "./answers.ts";
import { answerProblem, encodeProblem, isServerWide, type ParseError, problemOf, refusalOf } from "./bad-request.ts";
import { Connections } from "./connections.ts";
import { FirstBytes } from "./first-bytes.ts";
import { Pipeline } from "./pipeline.ts";
import { RequestQueue } from "./request-queue.ts";
import { createSecureServer, isRefused, type NodeBounds } from "./secure.ts";
import type { KeyPair } from "./tls.ts";
import { Unsent } from "./unsent.ts";
import type { AnyRequest, AnyResponse, WebServer } from "./web-server.ts";

/** Codes of errors of TLS itself: of a handshake that does not come, or is none. */
const TLS_FAILED = /^ERR_(?:SSL|TLS)_/;

/**
 * How long a request may take to arrive, how long nothing of its answer may be taken, how often that is looked at, and how
 * long an HTTP/2 connection may say nothing after it was asked whether it is there.
 */
export interface TimeLimits {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly writeMs: number;
  readonly checkMs: number;
  readonly silenceMs: number;
}

export interface ServerParts {
  /** How many connections there may be at once. */
  readonly most?: number;
  readonly metrics?: Metrics;
  readonly report?: Report;
}

/** Answers a request. If it returns a promise, that settles when the answer is complete, or goes on as a stream. */
type Handler = (req: http.IncomingMessage, res: http.ServerResponse) => unknown;

/**
 * An HTTP server with bounds for what is slow, large or many; what it refuses has errors of the same form as the routes'. With
 * a key pair it speaks HTTPS: HTTP/2, and HTTP/1.1 where the client does not speak that.
 */
export function createServer(
  handler: Handler,
  patience: Partial<TimeLimits> = {},
  pair?: KeyPair,
  { most = LIMITS.connections, metrics: { refusals } = new Metrics(), report = toOperator }: ServerParts = {},
): WebServer {
  const {
    headersMs = LIMITS.headersMs,
    requestMs = LIMITS.requestMs,
    writeMs = LIMITS.writeMs,
    checkMs = 2_000,
    silenceMs = 10_000,
  } = patience;
  const bounds = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: LIMITS.idleMs,
  };
  const unsent = new Unsent({ writeMs, checkMs });
  const lone = http.createServer({ requireHostHeader: false }); // the app answers that itself
  const server: WebServer =
    pair === undefined
      ? createPlainServer(bounds, unsent, lone)
      : createSecureServer(pair, { ...bounds, silenceMs }, unsent, lone);
  server.on("close", () => unsent.stop());
  const connections = new Connections(server, most);

  /** Those on which a request came before the one ahead of it was answered. */
  const ahead = new Set<Pipeline>();
  /** Whether no further request is wanted, on connections that are open either. */
  let isOver = false;
  const closeIdle = server.closeIdleConnections.bind(server);
  const closeAllIdle = (): void => {
    isOver = !server.listening;
    // Node takes a connection for idle as soon as the answer that is being sent is made: others may be behind it, of what is stored.
    if (![...ahead].some(({ unanswered }) => unanswered > 0)) closeIdle();
  };
  server.closeIdleConnections = closeAllIdle;
  const close = server.close.bind(server);
  server.close = (done) => {
    // Node's own begins with this. A proxy may just have sent a request on one of them, and would send it nowhere else.
    server.closeIdleConnections = () => {};
    close(done);
    server.closeIdleConnections = closeAllIdle;
    return server;
  };

  /** Ends a connection after its answer, if no further request is wanted on any. */
  const leave = (socket: Socket): void => {
    // Streams end their connection themselves. This looks through all connections, which takes too long for each of ten
    // thousand.
    if (isOver && !socket.writableEnded) server.closeIdleConnections();
  };

  /** @returns an id for what is refused here */
  const tell = (problem: Problem): string => {
    const { status, code } = problem;
    const id = randomUUID();
    refusals.add(code);
    report(problem, undefined, { level: "debug", request_id: id, status, code });
    return id;
  };

  const serve = async (req: AnyRequest, res: AnyResponse): Promise<void> => {
    try {
      if (connections.refuses(req, res)) {
        refusals.add("connections_full");
        return;
      }
      const problem = refusalOf(req);
      if (problem !== undefined) {
        answerProblem(res, problem, tell(problem));
      } else if (isServerWide(req)) res.writeHead(204).end();
      else await handler(req as http.IncomingMessage, res);
    } catch (error) {
      // The app's own handling of errors has failed. Only this request ends.
      report(error);
      res.destroy();
    }
  };

  const serveInOrder = (req: http.IncomingMessage, res: AnyResponse): void => {
    const { socket } = req;
    const pipeline = Pipeline.of(socket);
    pipeline.take(res, () => serve(req, res));
    if (pipeline.unanswered > 1 && !ahead.has(pipeline)) {
      ahead.add(pipeline);
      socket.once("close", () => ahead.delete(pipeline));
    }
    res.once("close", () => leave(socket));
  };

  const LoneAnswer = answersBy(unsent, http.ServerResponse);
  lone.on("upgrade", (req) => {
    markLone(req);
    server.emit("request", req, new LoneAnswer(req));
  });
  const serveAlone = async (req: http.IncomingMessage, res: AnyResponse): Promise<void> => {
    const { socket } = req;
    res.setHeader("Connection", "close");
    await serve(req, res);
    if (res.destroyed) socket.destroy();
    else if (!isTaken(req) && !socket.destroyed) {
      res.once("finish", () => socket.destroySoon());
      res.assignSocket(socket);
      socket.resume(); // it may close, or send what nobody reads any more
    }
  };

  const sessions = new WeakMap<Http2Session, RequestQueue>();
  const serveAmongMany = (req: Http2ServerRequest, res: AnyResponse): void => {
    const { stream } = req;
    if (stream.session === undefined || isRefused(req, res, requestMs)) return;
    const queue = sessions.get(stream.session) ?? new RequestQueue(LIMITS.connectionRequests);
    sessions.set(stream.session, queue);
    const work = () => serve(req, res);
    queue.take(work);
    stream.once("close", () => queue.drop(work)); // nobody waits for it any more
  };

  // By the class of the request: an HTTP/1 request may claim any version.
  const handle = (req: AnyRequest, res: AnyResponse): void => {
    if (req instanceof Http2ServerRequest) serveAmongMany(req, res);
    else if (isLone(req)) void serveAlone(req, res);
    else serveInOrder(req, res);
  };
  server.on("request", handle);
  // Without this, Node itself invites a body of any size. Routes that want it say so (request/body.ts).
  server.on("checkContinue", handle);
  server.on("checkExpectation", handle);
  const refuse = (error: ParseError, socket: Socket): void => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    const problem = problemOf(error);
    const id = tell(problem);
    // Without TLS nothing can be written to it, and to wait until that is done would have no end.
    if (TLS_FAILED.test(error.code ?? "")) socket.destroy();
    else Pipeline.of(socket).refuse(encodeProblem(problem, id));
  };
  server.on("clientError", refuse);
  lone.on("clientError", refuse);
  return server;
}

function createPlainServer(
  bounds: http.ServerOptions & Pick<NodeBounds, "connectionsCheckingInterval">,
  unsent: Unsent,
  lone: http.Server,
): WebServer {
  const server = http.createServer({
    ...bounds,
    ServerResponse: answersBy(unsent, http.ServerResponse),
    highWaterMark: 16 * 1024, // what is queued for a reader before it counts as slow
    requireHostHeader: false, // the app answers that itself
  });
  const first = new FirstBytes(server, "connection", bounds.connectionsCheckingInterval, lone);
  const closeAll = server.closeAllConnections.bind(server);
  return Object.assign(server, {
    httpAllowHalfOpen: true, // who says that nothing more comes is answered; Node ends the connection else
    closeAllConnections() {
      closeAll();
      first.closeAll();
    },
  });
}
