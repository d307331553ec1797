import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { DetachableSocket } from "../request/detachable-socket.ts";

/** How a request for a stream begins: any site's, whatever its own paths begin with. */
const STREAM = /^GET (?:\/[\w-]+)*\/events[ ?]/;
/** So many of the first bytes are looked at. */
const LOOK_BYTES = 64;

/**
 * Looks at the first bytes of each HTTP/1 connection before Node's server has it. One that begins with the request for a stream is
 * given to it so that the socket can be taken out again; any other as it is, since only streams stay for long. The choice decides
 * what a connection costs, and nothing else: both ways the same server reads all of its bytes. So it is made by what comes first,
 * and a request that comes in parts has a stream like any other.
 */
export class FirstBytes {
  readonly #accept: (socket: unknown) => void;
  /** Those that have sent nothing yet: since the last look, and since the one before. */
  #fresh = new Set<Socket>();
  #silent = new Set<Socket>();
  /** Those that Node's server does not know as its own. */
  readonly #detachable = new Set<Socket>();
  /** Listeners of every such socket, as which they are called. */
  readonly #onFirst: (this: Socket, chunk: Buffer) => void;
  readonly #onClose: (this: Socket) => void;

  /**
   * @param server as it was created, with Node's own listener alone
   * @param event by which it hears of a connection
   * @param checkMs how often is looked for those that send nothing: Node's server then has them as they are, and bounds their time
   */
  constructor(server: EventEmitter, event: "connection" | "secureConnection", checkMs: number) {
    const [own] = server.listeners(event);
    this.#accept = (socket) => own!.call(server, socket);
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
    for (const sockets of [this.#fresh, this.#silent, this.#detachable]) {
      for (const socket of sockets) socket.destroy();
    }
  }

  #wait(socket: Socket): void {
    this.#fresh.add(socket);
    socket.on("data", this.#onFirst).on("end", end).on("error", ignore).on("close", this.#onClose);
  }

  #choose(socket: Socket, chunk: Buffer): void {
    if (!STREAM.test(chunk.toString("latin1", 0, LOOK_BYTES))) this.#pass(socket);
    else {
      this.#leave(socket);
      this.#detachable.add(socket);
      socket.on("close", this.#onClose);
      this.#accept(new DetachableSocket(socket));
    }
    socket.unshift(chunk);
  }

  #look(): void {
    for (const socket of this.#silent) this.#pass(socket);
    this.#silent = this.#fresh;
    this.#fresh = new Set();
  }

  /** Gives Node's server the socket as it is. */
  #pass(socket: Socket): void {
    this.#leave(socket);
    this.#accept(socket);
  }

  #leave(socket: Socket): void {
    socket.off("data", this.#onFirst).off("end", end).off("error", ignore).off("close", this.#onClose);
    this.#forget(socket);
  }

  #forget(socket: Socket): void {
    for (const sockets of [this.#fresh, this.#silent, this.#detachable]) sockets.delete(socket);
  }
}

function end(this: Socket): void {
  this.end();
}

/** A reset before the first byte is nobody's business; the socket closes. */
function ignore(): void {}
