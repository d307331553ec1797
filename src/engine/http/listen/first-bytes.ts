import type { EventEmitter } from "node:events";
import type http from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** How a request for a stream begins: any site's, whatever its own paths begin with. */
const STREAM = /^GET (?:\/[\w-]+)*\/events[ ?]/;
/** So many of the first bytes are looked at. */
const LOOK_BYTES = 64;
const LINE_END = "\r\n";
const HEAD_END = "\r\n\r\n";
/** What says that more comes behind a head; and a second line that goes on with the first, which nothing may be put between. */
const GOES_ON = /^(?:(?:content-length|transfer-encoding)[ \t]*:|[ \t])/im;
/** With these Node's server gives the socket away for good, and keeps nothing of its own for it. */
const GIVE_AWAY = "Connection: Upgrade\r\nUpgrade: stream\r\n";

/**
 * Looks at the first bytes of each HTTP/1 connection before Node's server has it. Where they are one whole request for a stream, and
 * nothing else, that is read by another of Node's servers, which takes it for one that asks for another protocol: it reads the head
 * with all its rules, and then lets go of the socket. All else that it would keep for a stream (parser, request, response, and
 * whatever holds on to those) is as large as the stream itself, and takes as long to make. The choice decides what a connection costs,
 * and nothing else: a request that comes in parts, or behind another one, has a stream like any other.
 */
export class FirstBytes {
  readonly #accept: (socket: unknown) => void;
  readonly #lone: http.Server;
  /** Those that have sent nothing yet: since the last look, and since the one before. */
  #fresh = new Set<Socket>();
  #silent = new Set<Socket>();
  /** Those that no server of Node's knows as its own. */
  readonly #given = new Set<Socket>();
  /** Listeners of every such socket, as which they are called. */
  readonly #onFirst: (this: Socket, chunk: Buffer) => void;
  readonly #onClose: (this: Socket) => void;

  /**
   * @param server as it was created, with Node's own listener alone
   * @param event by which it hears of a connection
   * @param checkMs how often is looked for those that send nothing: Node's server then has them as they are, and bounds their time
   * @param lone emits `upgrade` for each whole request for a stream, and `clientError` for what only looks like one. It listens nowhere
   */
  constructor(server: EventEmitter, event: "connection" | "secureConnection", checkMs: number, lone: http.Server) {
    const [own] = server.listeners(event);
    this.#accept = (socket) => own!.call(server, socket);
    this.#lone = lone;
    server.removeAllListeners(event);
    server.on(event, (socket: Socket) => {
      if ((socket as TLSSocket).alpnProtocol === "h2") this.#accept(socket);
      else this.#wait(socket);
    });
    const looks = setInterval(() => this.#look(), checkMs).unref();
    server.once("close", () => clearInterval(looks));
    const all = this;
    this.#onFirst = function (chunk) {
      all.#choose(this, chunk);
    };
    this.#onClose = function () {
      all.#forget(this);
    };
  }

  /** Cuts those that Node's server does not know. */
  closeAll(): void {
    for (const sockets of [this.#fresh, this.#silent, this.#given]) {
      for (const socket of sockets) socket.destroy();
    }
  }

  #wait(socket: Socket): void {
    this.#fresh.add(socket);
    socket.on("data", this.#onFirst).on("end", end).on("error", ignore).on("close", this.#onClose);
  }

  #choose(socket: Socket, chunk: Buffer): void {
    const given = asLone(chunk);
    if (given === undefined) {
      this.#pass(socket);
      socket.unshift(chunk);
      return;
    }
    socket.off("data", this.#onFirst).off("end", end);
    this.#forget(socket);
    this.#given.add(socket);
    this.#lone.emit("connection", socket);
    socket.unshift(given);
  }

  #look(): void {
    for (const socket of this.#silent) this.#pass(socket);
    this.#silent = this.#fresh;
    this.#fresh = new Set();
  }

  /** Gives Node's server the socket as it is. */
  #pass(socket: Socket): void {
    socket.off("data", this.#onFirst).off("end", end).off("error", ignore).off("close", this.#onClose);
    this.#forget(socket);
    this.#accept(socket);
  }

  #forget(socket: Socket): void {
    for (const sockets of [this.#fresh, this.#silent, this.#given]) sockets.delete(socket);
  }
}

/** @returns a request for a stream as one that asks to be given the socket; undefined where it is not whole, or not all there is */
function asLone(chunk: Buffer): Buffer | undefined {
  if (!STREAM.test(chunk.toString("latin1", 0, LOOK_BYTES))) return undefined;
  const head = chunk.toString("latin1");
  if (head.indexOf(HEAD_END) !== head.length - HEAD_END.length) return undefined;
  const at = head.indexOf(LINE_END) + LINE_END.length;
  const fields = head.slice(at);
  if (GOES_ON.test(fields)) return undefined;
  return Buffer.from(head.slice(0, at) + GIVE_AWAY + fields, "latin1");
}

function end(this: Socket): void {
  this.end();
}

/** A reset before the first byte is nobody's business; the socket closes. */
function ignore(): void {}
