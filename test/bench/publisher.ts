import { connect, type Socket } from "node:net";
import { PAYLOAD } from "./deliveries.ts";

/** Publishes over one connection that it keeps, and spends next to nothing on it: the nodes are on the same cores. */
export class Publisher {
  readonly #socket: Socket;
  #text = "";
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1").setEncoding("latin1").setNoDelay();
    this.#socket.on("data", (text: unknown) => this.#hear(String(text)));
    this.#socket.on("close", () => {
      for (const { reject } of this.#waiting) reject(new Error("the node has closed a connection"));
    });
  }

  /** Resolves once it is acknowledged. */
  publish(topic: string, body: string = JSON.stringify(PAYLOAD)): Promise<void> {
    this.#socket.write(
      `POST /publish/${topic} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  end(): void {
    this.#socket.end();
  }

  #hear(text: string): void {
    // No header has a brace, and the answer's one object is flat.
    const answers = (this.#text + text).split("}");
    this.#text = answers.pop()!;
    for (const answer of answers) {
      const { resolve, reject } = this.#waiting.shift()!;
      if (answer.startsWith("HTTP/1.1 201 ")) resolve();
      else reject(new Error(answer));
    }
  }
}
