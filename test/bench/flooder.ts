import { connect, type Socket } from "node:net";

/**
 * A process that floods a port of this machine until it is told to stop: with clients that never finish their request, or with
 * connections that come, ask for a page, and go. Its parent sends `{ port, kind }`, and `"stop"` to end it.
 */

type Kind = "slow clients" | "connections";

const SLOW = 1_000;
const BYTE_EVERY_MS = 500;
const A_SECOND = 200;
const TICK_MS = 20;

const open = new Set<Socket>();
let timer: NodeJS.Timeout | undefined;

function begin(port: number, kind: Kind): void {
  if (kind === "slow clients") {
    for (let i = 0; i < SLOW; i++) dial(port, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    // Who is cut comes again, as such programs do.
    timer = setInterval(() => {
      for (const socket of open) socket.write("x");
      for (let i = open.size; i < SLOW; i++) dial(port, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    }, BYTE_EVERY_MS);
  } else {
    timer = setInterval(() => {
      for (let i = 0; i < (A_SECOND * TICK_MS) / 1000; i++)
        dial(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
    }, TICK_MS);
  }
}

function dial(port: number, words: string, leaves = false): void {
  const socket = connect(port, "127.0.0.1");
  open.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => open.delete(socket));
  socket.on("data", () => leaves && socket.destroy());
  socket.write(words);
}

process.on("message", (told: { port: number; kind: Kind } | "stop") => {
  clearInterval(timer);
  if (told !== "stop") return begin(told.port, told.kind);
  for (const socket of open) socket.destroy();
  process.send!("stopped");
});
process.on("disconnect", () => process.exit());
