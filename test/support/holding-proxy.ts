import { once } from "node:events";
import http, { type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

/**
 * A proxy as there are some in offices and in virus scanners: it passes an answer on once it has all of it, and so a stream never.
 * While `holds` is false, it passes on what comes as it comes; what it held before it goes on holding.
 */
export class HoldingProxy {
  holds = true;
  /** What was asked of it, as `GET /stream`. */
  readonly requests: string[] = [];
  readonly #server: Server;

  static async open(port: number): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(port: number) {
    this.#server = http.createServer((req, res) => {
      const { method, url, headers } = req;
      this.requests.push(`${method} ${url!.split("?")[0]}`);
      const asked = http.request(
        { port, host: "127.0.0.1", method, path: url, headers, agent: false },
        async (answer) => {
          const head = { ...answer.headers };
          if (this.holds) {
            const parts: Buffer[] = [];
            try {
              for await (const part of answer) parts.push(part);
            } catch {
              return res.destroy();
            }
            delete head["transfer-encoding"];
            res.writeHead(answer.statusCode!, head).end(Buffer.concat(parts));
          } else pipeline(answer, res.writeHead(answer.statusCode!, head), () => {});
        },
      );
      asked.on("error", () => res.destroy());
      res.on("close", () => asked.destroy());
      req.pipe(asked);
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
