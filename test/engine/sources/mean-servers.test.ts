import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program } from "../../support/program.ts";
import { Raw } from "../../support/raw.ts";

const zip = (data: string | Buffer, times = 1): Buffer =>
  times === 0 ? Buffer.from(data) : zip(gzipSync(data), times - 1);
const BOMB = Buffer.alloc(20_000_000, "1");

/** An answer's head, then its body. What is not closed stays open. */
const answer =
  (head: readonly string[], body: string | Buffer = "", open = false) =>
  (socket: Socket) => {
    socket.write(`${["HTTP/1.1 200 OK", ...head].join("\r\n")}\r\n\r\n`);
    socket.write(body);
    if (!open) socket.end();
  };
const coded = (coding: string, body: string | Buffer, open = false) =>
  answer([`Content-Encoding: ${coding}`], body, open);
const raw =
  (text: string, open = false) =>
  (socket: Socket) =>
    void (open ? socket.write(text) : socket.end(text));

const MEAN: Readonly<Record<string, (socket: Socket) => void>> = {
  "six codings, whole": coded(Array(6).fill("gzip").join(", "), zip("1", 6)),
  "six codings, without end": coded(Array(6).fill("gzip").join(", "), "x", true),
  "six codings, and much": coded(Array(6).fill("gzip").join(", "), BOMB.subarray(0, 1_000_000), true),
  "five codings of a bomb": coded(Array(5).fill("gzip").join(","), zip(BOMB, 5)),
  "a bomb": coded("gzip", zip(BOMB)),
  "a bomb of another kind": coded("br", brotliCompressSync(BOMB)),
  "a coding that it is not": coded("gzip", "no gzip"),
  "half of one": coded("gzip", zip(BOMB).subarray(0, 1_000)),
  "one that is unheard of": coded("compress, zstd, x", "1", true),
  "an error, coded and without end": raw("HTTP/1.1 500 No\r\nContent-Encoding: gzip, gzip\r\n\r\nx", true),
  "chunks that are none": answer(["Transfer-Encoding: chunked"], "zz\r\n1\r\n"),
  "two lengths": answer(["Content-Length: 1", "Content-Length: 2"], "12"),
  "less than its length": answer(["Content-Length: 10"], "1"),
  "a head without end": raw(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`, true),
  "no HTTP": raw("\0\xff\x16\x03 hello\r\n\r\n"),
  "another version": raw("HTTP/0.9 200\r\n\r\nx"),
  "another protocol": raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n1", true),
  "one hint after the other": raw("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n".repeat(1_000)),
  "a way to itself": raw("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
  "a way to nowhere": raw("HTTP/1.1 302 Found\r\nLocation: \x01://\r\nContent-Length: 0\r\n\r\n"),
  "a way to a file": raw("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
  "a pause without sense": raw("HTTP/1.1 429 No\r\nRetry-After: 1e999, x\r\nContent-Length: 0\r\n\r\n"),
  "a cut": (socket) => socket.resetAndDestroy(),
  "a cut in the body": (socket) => {
    coded("gzip", zip(BOMB).subarray(0, 1_000), true)(socket);
    setImmediate(() => socket.resetAndDestroy());
  },
  "nothing, ever": () => {},
};

const servers: Server[] = [];
const urls: Record<string, string> = {};
let program: Program;

beforeAll(async () => {
  for (const [name, mean] of Object.entries(MEAN)) {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => mean(socket));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  const polled = `
    import { poll } from "brooklet";
    export default async function* () {
      for (const [name, url] of Object.entries(${JSON.stringify(urls)})) {
        const values = poll(url, 1, { timeoutMs: 200 })[Symbol.asyncIterator]();
        const said = await values.next().then(() => "a value", (error) => error.message);
        await values.return();
        yield name + " | " + said.replace(/^cannot poll \\S+ /, "");
      }
      yield "that was all";
    }`;
  const views = { "widgets/polled.eta": '---\nkind: log\n---\n<p id="<%= id %>"><%= data %></p>' };
  program = new Program(views, { sources: { "polled.ts": polled } });
  await program.start();
}, 60_000);
afterAll(async () => {
  await program?.dispose();
  for (const server of servers) server.close();
});

test("no answer of a polled server ends the process: each is a sentence for the operator", async () => {
  const reader = new Raw(program.port).send("GET /events?regions=polled&as=json HTTP/1.1", "Host: localhost", "", "");
  const text = await reader.until("that was all");
  for (const name of Object.keys(MEAN)) expect(text).toContain(`${name} | `);
  expect(text).not.toContain("| a value");
  reader.socket.destroy();
  expect((await fetch(`${program.origin}/healthz`)).status).toBe(200);
  expect(await program.stop("SIGTERM")).toBe(0);
  expect(program.complaints).toBe("");
});
