import { once } from "node:events";
import { connect } from "node:http2";
import { answering } from "./child.ts";

export interface Question {
  readonly method?: string;
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

/** Readers over HTTP/2 that ask, and read nothing of what they are answered. */
answering({
  /**
   * So many streams, so many on each connection. Without a window nothing may be sent on them; with a large one all that
   * their connection takes, and this process is to be stopped.
   */
  ask: async (port: number, { method = "GET", path, body }: Question, count: number, each: number, window: number) => {
    const settings = { initialWindowSize: window };
    for (let asked = 0; asked < count; ) {
      const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, settings });
      session.on("error", () => {}); // it is cut, in the end
      await once(session, "remoteSettings");
      for (let i = 0; i < each && asked < count; i++, asked++) {
        const headers = { ":method": method, ":path": path, "content-type": "application/json" };
        const stream = session.request(headers, { endStream: body === undefined }).on("error", () => {});
        if (body !== undefined) stream.end(body);
      }
      await new Promise((resolve) => session.ping(resolve)); // all of them have arrived
    }
  },
});
