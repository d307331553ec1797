import { readFileSync } from "node:fs";
import { Http2ServerRequest } from "node:http2";
import { encodeEvent, streamHeaders } from "../../core/event.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import type { Report } from "../../ops/logger.ts";
import { answerProblem } from "./bad-request.ts";
import type { AnyRequest, AnyResponse, WebServer } from "./web-server.ts";

/** So many beyond the most are heard, to be told that there are too many; those beyond these are cut. */
const TOLD = 100;
const COME_BACK_S = 15;

/** Bounds how many connections a server has: each takes a file of the process, of which the log and the templates need some. */
export class Connections {
  readonly #server: WebServer;
  readonly #most: number;
  /** The sockets, and HTTP/2's sessions, that came when there were too many. */
  readonly #tooMany = new WeakSet<object>();

  constructor(server: WebServer, most: number) {
    this.#server = server;
    this.#most = most;
    server.maxConnections = most + TOLD;
    for (const event of ["connection", "secureConnection", "session"]) server.on(event, (one) => this.#look(one));
  }

  /** Answers a request that came over a connection too many, and ends that. @returns whether it did */
  refuses(req: AnyRequest, res: AnyResponse): boolean {
    const { session } = req instanceof Http2ServerRequest ? req.stream : {};
    if (!this.#tooMany.has(session ?? req.socket)) return false;
    if (session === undefined) res.setHeader("Connection", "close");
    else res.once("finish", () => session.close());
    // An error would make htmx's extension ask anew at once, and lose its place.
    if (req.headers.accept?.includes(streamHeaders["Content-Type"]!)) {
      res.writeHead(200, streamHeaders).end(encodeEvent({ retry: COME_BACK_S * 1000 }));
    } else answerProblem(res, full());
    return true;
  }

  #look(one: object): void {
    this.#server.getConnections((_error, open) => {
      if (open > this.#most) this.#tooMany.add(one);
    });
  }
}

function full(): Problem {
  return new Problem(503, "connections_full", "Too many are connected here just now. Try again in a moment.", {
    headers: { "Retry-After": String(COME_BACK_S) },
  });
}

/**
 * How many connections a process may have that may open so many files. Half of few are left for other uses, and 512 of many.
 * @param files undefined where the system does not tell
 * @param report is told where that is fewer than there could be
 */
export function mostConnections(files: number | undefined, report: Report): number {
  if (files === undefined) return LIMITS.connections;
  const most = Math.min(LIMITS.connections, Math.max(Math.floor(files / 2), files - 512));
  if (most < LIMITS.connections) {
    report(
      `This process may open ${files} files, and so takes ${most} connections of ${LIMITS.connections} that it could. ` +
        "Raise LimitNOFILE in its systemd unit, or ulimit -n in its shell.",
    );
  }
  return most;
}

/** How many files this process may open, as Linux tells. */
export function openFiles(path = "/proc/self/limits"): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync(path, "utf8"))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
