import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { LIMITS } from "../../core/limits.ts";
import { RequestQueue } from "./request-queue.ts";

/** How many requests may wait for those before them. Browsers and proxies do not send ahead at all. */
const MAX_WAITING = 32;
/** So many publishes that were sent ahead are at work at once. */
const MAX_PUBLISHES = 16;
/** How a request begins that publishes: any site's, whatever its own paths begin with. */
const PUBLISH = /^(?:\/[\w-]+)*\/publish(?:[/?]|$)/;

/** Under this a connection has its pipeline: collecting what a WeakMap of very many holds takes long. */
const PIPELINE = Symbol("the requests of this connection");

/** With this answer to a request's head the parser of Node stops, and tells of an error. */
const REFUSED = -1;

type Connection = Socket & { [PIPELINE]?: Pipeline; parser?: { onIncoming: () => number } | null };

/**
 * The requests of one HTTP/1 connection, which are answered one after the other. A waiting request takes a hundred times the
 * memory that it took to send: so few may wait, and none behind an answer without an end, such as a stream. Publishes go on
 * together, so that those of a publisher who does not wait for answers share a transaction of the log and a flush: their answers
 * are small, and the log has them in the order in which they came. Anything else is at work alone.
 */
export class Pipeline {
  readonly #socket: Connection;
  readonly #queue = new RequestQueue(MAX_PUBLISHES, MAX_PUBLISHES);
  /** The answer to the request that came last, and those that are being made. No Set: see core/linked-list.ts. */
  #newest: ServerResponse | undefined;
  readonly #atWork: ServerResponse[] = [];
  #unanswered = 0;
  #goesOn = false;
  #isOver = false;

  private constructor(socket: Connection) {
    this.#socket = socket;
    socket.on("end", onEnd);
  }

  static of(socket: Connection): Pipeline {
    socket[PIPELINE] ??= new Pipeline(socket);
    return socket[PIPELINE];
  }

  /** How many requests have come whose answer is not sent. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * @param serve makes the answer. It resolves when the answer has begun and is complete, or goes on as a stream; never rejects
   */
  take(res: ServerResponse, serve: () => Promise<void>): void {
    if (this.#goesOn || this.#queue.waiting === MAX_WAITING) {
      this.#cut();
      return;
    }
    this.#newest = res;
    this.#unanswered++;
    const closed = new Promise<void>((resolve) => {
      res.once("close", () => {
        this.#unanswered--;
        resolve();
      });
    });
    const work = async () => {
      if (this.#socket.destroyed || !this.#follows()) return;
      this.#atWork.push(res);
      await serve();
      this.#goesOn = isEndless(res);
      if (this.#goesOn && this.#queue.waiting > 0) this.#cut();
      if (this.#goesOn && this.#socket.readableEnded) this.#socket.end();
      await closed;
      this.#atWork.splice(this.#atWork.indexOf(res), 1);
      this.#goesOn = false;
    };
    this.#queue.take(work, publishesOne(res.req) ? 1 : MAX_PUBLISHES);
  }

  /**
   * Ends the connection, since what came now is no valid request. The requests before it are answered first.
   * @param last the whole answer
   */
  refuse(last: string): void {
    if (this.#isOver) return; // the parser reports this again for each further packet
    this.#isOver = true;
    const end = () => this.#socket.end(last, () => this.#socket.destroy());
    const newest = this.#newest;
    const isWhole = newest?.req.complete ?? true;
    const isFirst = this.#atWork.length === 1 && this.#atWork[0] === newest;
    if (isWhole && !this.#goesOn) this.#queue.take(async () => void end(), MAX_PUBLISHES);
    else if (!isWhole && isFirst && !newest!.headersSent) end();
    else this.#socket.destroy();
  }

  /**
   * Its sender has said that nothing more comes, and may have left: that looks the same, until something is written to it. It has
   * the answers to what it has sent, but nothing that goes on without an end.
   */
  hear(): void {
    if (this.#atWork.some((res) => res.headersSent && isEndless(res))) this.#socket.end();
    else this.#socket.setTimeout(LIMITS.writeMs);
  }

  /**
   * Has the connection stay for one more. @returns whether it does: an answer may have said already that it is the last, and what
   * came behind that is not begun, since nobody would learn what became of it
   */
  #follows(): boolean {
    const last = this.#atWork.filter((res) => res.getHeader("Connection") === "close");
    if (last.some(({ headersSent }) => headersSent)) return false;
    // While the server is leaving each answer says so: then the last one alone does.
    for (const res of last) res.setHeader("Connection", "keep-alive");
    return true;
  }

  /**
   * Ends the connection at once. Node's parser would go on with all that one read has brought, and make each of up to thousands of
   * requests and its answer: it is told that the next one is no request.
   */
  #cut(): void {
    this.#socket.destroy();
    const { parser } = this.#socket;
    if (parser) parser.onIncoming = () => REFUSED;
  }
}

function onEnd(this: Connection): void {
  this[PIPELINE]!.hear();
}

/** An answer that has told its length will come to an end by itself. */
function isEndless(res: ServerResponse): boolean {
  return !res.writableEnded && !res.hasHeader("Content-Length");
}

/** Whether it publishes one value. Of lines there may be so many that what comes behind them would overtake them. */
function publishesOne({ method, url = "", headers }: IncomingMessage): boolean {
  return method === "POST" && PUBLISH.test(url) && headers["content-type"]?.startsWith("application/json") === true;
}
