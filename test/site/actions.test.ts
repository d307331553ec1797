import { expect, test } from "vitest";
import { siteActions, siteAuthorize } from "../support/site.ts";

test("every action loads, under a name that it can be sent to", async () => {
  for (const name of (await siteActions()).keys())
    expect(new URL(`http://x/actions/${name}`).pathname).toBe(`/actions/${name}`);
});

test("the file that says who may what loads, if there is one", async () => {
  const hook = await siteAuthorize();
  expect(typeof hook?.decide).toBe(hook === undefined ? "undefined" : "function");
});
