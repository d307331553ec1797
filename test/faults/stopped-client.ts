import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answering } from "./child.ts";

/** Readers that ask for a stream and never read a byte of it. */
let readers: Socket[] = [];

answering({
  connect: async (port: number, regions: string, count: number) => {
    for (let i = 0; i < count; i += 50) {
      const some = Array.from({ length: Math.min(50, count - i) }, () => connect(port, "127.0.0.1").pause());
      readers.push(...some);
      await Promise.all(
        some.map(async (socket) => {
          socket.on("error", () => {}); // reset when it is given up
          await once(socket, "connect");
          socket.write(`GET /events?regions=${regions} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        }),
      );
    }
  },

  /** Each reads so many bytes more, and stops again. */
  sip: (bytes: number) => Promise.all(readers.map((socket) => sip(socket, bytes))),

  /** They are gone from here, whatever is on its way to them. */
  leave: async () => {
    const closed = readers.map((socket) => once(socket, "close"));
    for (const socket of readers) socket.resetAndDestroy();
    await Promise.all(closed);
    readers = [];
  },
});

function sip(socket: Socket, bytes: number): Promise<void> {
  let left = bytes;
  return new Promise((resolve) => {
    const taste = (chunk: Buffer) => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off("data", taste).pause();
      resolve();
    };
    socket.on("data", taste).resume();
  });
}
