import { startBrooklet, type TestBrooklet } from "brooklet/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let brooklet: TestBrooklet;
beforeAll(async () => {
  brooklet = await startBrooklet({ sources: {} });
});
afterAll(() => brooklet.stop());

test("the form publishes an update, and its visitor stays with what they had chosen", async () => {
  const on = "/updates?friends=true&format=brief";
  const answer = await brooklet.press("updates", { from: " Ada ", text: "Hello", friend: true }, { on });
  expect(answer).toMatchObject({ taken: true, address: on });
  expect(await brooklet.latest("updates")).toEqual({ from: "Ada", text: "Hello", friend: true });
});

test("whoever does not say to be a friend is none", async () => {
  await brooklet.press("updates", { from: "Ada", text: "Hello", friend: false });
  expect(await brooklet.latest("updates")).toEqual({ from: "Ada", text: "Hello", friend: false });
});

test.each([
  ["no name", { from: " ", text: "x" }, { from: "The name is empty. Write something there." }],
  ["no text", { from: "x" }, { text: "The update is empty. Write something there." }],
  ["a long text", { from: "x", text: "y".repeat(1_001) }, { text: "The update has at most 1000 characters." }],
])("%s is refused, and nothing is published", async (_, given, fields) => {
  await brooklet.clear("updates");
  expect(await brooklet.press("updates", given)).toMatchObject({ taken: false, status: 422, fields });
  expect(await brooklet.latest("updates")).toBeUndefined();
});
