import { connect, type Socket } from "node:net";

/** A connection whose bytes are seen as they are. */
export class Raw {
  readonly socket: Socket;
  text = "";
  #changed: () => void = () => {};
  #closed = false;

  /** @param to a port here, or a socket of another kind */
  constructor(to: number | Socket) {
    this.socket = typeof to === "number" ? connect(to, "127.0.0.1") : to;
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk) => {
      this.text += chunk;
      this.#changed();
    });
    this.socket.on("error", () => {}); // a reset counts as closed
    this.socket.on("close", () => {
      this.#closed = true;
      this.#changed();
    });
  }

  send(...lines: string[]): this {
    this.socket.write(lines.join("\r\n"), "latin1");
    return this;
  }

  /** All that has arrived, once `part` is in it. */
  async until(part: string): Promise<string> {
    while (!this.text.includes(part)) {
      if (this.#closed) throw new Error(`closed without ${JSON.stringify(part)} in ${JSON.stringify(this.text)}`);
      await this.#change();
    }
    return this.text;
  }

  /** All that has arrived, once the server has closed the connection. */
  async end(): Promise<string> {
    while (!this.#closed) await this.#change();
    return this.text;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}
