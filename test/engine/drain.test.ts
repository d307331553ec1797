import { expect, test } from "vitest";
import { Raw } from "../support/raw.ts";
import { start } from "../support/server.ts";

test("whoever has connected before a server closes its door is answered, however many wait to be accepted", async () => {
  const server = await start({ config: { drainSeconds: 5 } });
  const waiting = Array.from({ length: 100 }, () =>
    new Raw(server.port).send("GET / HTTP/1.1", "Host: localhost", "", ""),
  );
  const stopped = server.stop();
  const answers = await Promise.all(waiting.map((raw) => raw.end()));
  expect(answers.filter((text) => !text.startsWith("HTTP/1.1 200 OK\r\n"))).toEqual([]);
  await stopped;
});
