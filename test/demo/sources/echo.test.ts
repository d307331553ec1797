import { expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import echo from "../../../src/sources/echo.ts";

const { signal } = new AbortController();

async function said(latest: { text: string; rest: string } | undefined): Promise<unknown[]> {
  const values: unknown[] = [];
  const topic = parseTopic("echo/x");
  for await (const value of echo({ topic, params: ["x"], latest, signal })) values.push(value);
  return values;
}

test("an echo that was broken off goes on where it was, a character at a time", async () => {
  expect(await said({ text: "Hi ", rest: "👨‍👩‍👧!" })).toEqual([
    { text: "Hi 👨‍👩‍👧", rest: "!" },
    { text: "Hi 👨‍👩‍👧!", rest: "" },
  ]);
});

test("one that was said, or that nobody has sent, has nothing to say", async () => {
  expect(await said({ text: "Hi", rest: "" })).toEqual([]);
  expect(await said(undefined)).toEqual([]);
});
