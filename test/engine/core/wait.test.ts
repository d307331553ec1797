import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { within } from "../../../src/engine/core/wait.ts";

const late = () => new Error("too late");

test("what takes longer is given up, and what fails before that says why", async () => {
  await expect(within(1, new Promise(() => {}), late)).rejects.toThrow("too late");
  await expect(within(60_000, Promise.reject(new Error("broken")), late)).rejects.toThrow("broken");
});

test("an answer that came while this process was held up counts, though its time is over", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const asking = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [[answering]] = (await Promise.all([once(server, "connection"), once(asking, "connect")])) as [
    [Socket],
    unknown,
  ];
  const answer = within(1, once(asking, "data"), late);
  answering.write("here"); // at once: it lies in the socket from here on
  for (const until = performance.now() + 20; performance.now() < until; );
  expect(String(await answer)).toBe("here");
  asking.destroy();
  server.close();
});
