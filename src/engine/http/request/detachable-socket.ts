import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

/**
 * A connection as Node's HTTP server is given it, of which the socket itself can be taken back. All that the server would keep for
 * a stream (parser, request, response, and whatever holds on to those) goes with this, and only the socket stays.
 */
export class DetachableSocket extends Duplex {
  readonly #socket: Socket;
  #isDetached = false;
  /** Which Node gives each socket of a server, and asks for. */
  readonly server: unknown;

  /** @param socket which nobody else reads from */
  constructor(socket: Socket) {
    super({ decodeStrings: false, highWaterMark: socket.writableHighWaterMark });
    this.#socket = socket;
    this.server = (socket as Socket & { server?: unknown }).server;
    socket.on("data", this.#onData).on("end", this.#onEnd).on("timeout", this.#onTimeout);
    socket.on("error", this.#onError).on("close", this.#onClose);
  }

  /** The socket, of which this is still all that is read and written. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Whether nothing is on its way in either direction, so that the socket can be taken out between two bytes. */
  get isQuiet(): boolean {
    return !this.destroyed && this.readableLength === 0 && this.writableLength === 0;
  }

  get isDetached(): boolean {
    return this.#isDetached;
  }

  /** Gives the socket back; nobody reads from it then. What is written here from now on is dropped, and its end is not the socket's. */
  detach(): Socket {
    this.#isDetached = true;
    const socket = this.#socket;
    socket.off("data", this.#onData).off("end", this.#onEnd).off("timeout", this.#onTimeout);
    socket.off("error", this.#onError).off("close", this.#onClose);
    return socket;
  }

  // What is asked of a request's socket, by Node and by routes.

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#socket.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  get encrypted(): boolean {
    return (this.#socket as TLSSocket).encrypted === true;
  }

  get alpnProtocol(): string | false | null | undefined {
    return (this.#socket as TLSSocket).alpnProtocol;
  }

  setTimeout(ms: number): this {
    this.#socket.setTimeout(ms);
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", this.destroy);
  }

  /** Without a reset over TLS, which has none. */
  resetAndDestroy(): this {
    if (this.encrypted) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
    return this;
  }

  override _read(): void {
    if (!this.#isDetached) this.#socket.resume();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isDetached) done();
    else this.#socket.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    if (this.#isDetached) done();
    else this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isDetached) this.#socket.destroy();
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#socket.pause();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onTimeout = (): void => {
    this.emit("timeout");
  };

  readonly #onError = (error: Error): void => {
    this.destroy(error);
  };

  readonly #onClose = (): void => {
    this.destroy();
  };
}

/** What an HTTP/1 request came by, whether Node's server was given it as it is or not. */
export function connectionOf(socket: Duplex): Duplex {
  return socket instanceof DetachableSocket ? socket.socket : socket;
}
