import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
const programs: (() => void)[] = [];
beforeAll(async () => {
  server = await start();
});
afterEach(() => programs.splice(0).forEach((end) => void end()));
afterAll(() => server.close());

const CONNECT = `
import http.client, sys
server = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
server.request("GET", "/events?as=json&regions=" + sys.argv[2], headers={"Accept": "text/event-stream"})
answer = server.getresponse()
def say(text):
    print(text, end="", flush=True)
`;

/** What the standard library's own reader gives out, line by line. */
const LINES = `${CONNECT}
for line in iter(answer.readline, b""):
    say(line.decode())
`;

/** As requests and urllib3 read: chunk by chunk what comes in chunks, else not before so many bytes have come. */
const CHUNKS = `${CONNECT}
while answer.chunked:
    size = int(answer.fp.readline().split(b";")[0], 16)
    say(answer.fp.read(size).decode())
    answer.fp.readline()
    if size == 0: break
while not answer.chunked:
    say(answer.read(512).decode())
`;

/** @returns the next line that begins so */
function run(script: string, topic: string): (start: string) => Promise<string> {
  const python = spawn("python3", ["-c", script, String(server.port), topic], { stdio: ["ignore", "pipe", "inherit"] });
  programs.push(() => python.kill("SIGKILL"));
  const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
  return async (start) => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error("the program has ended");
      if (value.startsWith(start)) return value;
    }
  };
}

test.each([
  ["line by line", "feed/lines", LINES],
  ["chunk by chunk", "feed/chunks", CHUNKS],
])("a program in Python that reads %s has each value as soon as it is published", async (_how, name, script) => {
  const line = run(script, name);
  expect(await line("data: ")).toBe('data: {"values":[]}');
  for (const n of [1, 2, 3]) {
    // Nothing else is published before the program has told of this one: what is held back is never seen.
    await server.broker.publish([{ topic: parseTopic(name), data: { text: `value ${n}` } }]);
    expect(await line("data: ")).toBe(`data: {"text":"value ${n}"}`);
  }
});
