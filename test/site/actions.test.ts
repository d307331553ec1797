import { expect, test } from "vitest";
import { siteActions } from "../support/site.ts";

test("every action loads, under a name that it can be sent to", async () => {
  for (const name of (await siteActions()).keys())
    expect(new URL(`http://x/actions/${name}`).pathname).toBe(`/actions/${name}`);
});
