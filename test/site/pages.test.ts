import { parse } from "parse5";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pathOf } from "../../src/engine/core/own-address.ts";
import type { TestServer } from "../support/server.ts";
import { startSite } from "../support/site.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startSite();
});
afterAll(() => server.close());

test("every page loads, and is HTML that the policy of every page lets pass", async () => {
  const widgets = [...server.views.widgets.keys()].map((name) => `/widgets/${name}`);
  for (const path of [...server.views.pages.map(pathOf), ...widgets]) {
    const response = await fetch(server.url + path, { headers: { accept: "text/html" } });
    const html = await response.text();
    expect([path, response.status]).toEqual([path, 200]);
    const errors: string[] = [];
    parse(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
    expect([path, errors]).toEqual([path, []]);
    expect(html, path).not.toMatch(/<script(?! src=)|<[^>]*\s(?:style|on\w+)=/i);
  }
  expect(server.errors).toEqual([]);
});
