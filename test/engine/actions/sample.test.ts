import { afterAll, beforeAll, expect, test } from "vitest";
import { runAction } from "../../../src/engine/actions/run.ts";
import { sampleAction } from "../../../src/engine/actions/sample.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { start, type TestServer, templates } from "../../support/server.ts";

const views = templates({
  "widgets/price.eta": "---\nhistory: 5\n---\n<b><%= [...history, data].join() %></b>",
  "widgets/price.samples.json": '{ "third": { "data": 3, "history": [1, 2] }, "other": { "data": 9 } }',
  "widgets/lines.eta": '---\nkind: log\n---\n<p id="<%= id %>"><%= data %></p>',
  "widgets/lines.samples.json": '{ "third": { "data": 3, "history": [1, 2] } }',
  "widgets/mine.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "widgets/mine.samples.json": '{ "one": { "data": 1 } }',
  "widgets/bare.eta": "<b><%= data %></b>",
  "pages/cards.eta": "---\nboard: [[price]]\n---\n",
});

let server: TestServer;
beforeAll(async () => {
  server = await start({ views });
});
afterAll(() => server.close());

const press = (topic: string, of = server, headers: Record<string, string> = {}) =>
  fetch(`${of.url}/actions/brooklet/sample`, {
    method: "POST",
    body: new URLSearchParams({ topic }),
    headers: { accept: "application/json", ...headers },
    redirect: "manual",
  });
const shown = async (topic: string) =>
  /<b>(.*?)<\/b>/.exec(await (await fetch(`${server.url}/widgets/${topic}`)).text())?.[1];

test("a card that is empty has a button that publishes its first sample, with the values before it", async () => {
  const page = await (await fetch(`${server.url}/cards`)).text();
  expect(page).toContain('action="/actions/brooklet/sample"');
  expect((await press("price")).status).toBe(303);
  expect(await shown("price")).toBe("1,2,3");
});

test.each([
  ["price/TWICE", [1, 2, 3]],
  ["lines", [1, 2, 3]],
])("two who press at once publish it once: %s", async (topic, values) => {
  const made = sampleAction(() => server.views);
  const who = {
    id: undefined,
    visitor: () => "",
    user: undefined,
    address: "",
    page: { address: "/", query: {}, params: {} },
  };
  const pressed = () => runAction(made, { ...who, form: new URLSearchParams({ topic }) }, server.broker);
  await Promise.all([pressed(), pressed()]);
  const { record } = await server.broker.read(parseTopic(topic));
  expect([...record.values.values()].map(({ json }) => json.value)).toEqual(values);
});

test("it leaves a topic as it is that has a value by now", async () => {
  await server.broker.publish([{ topic: parseTopic("price/ACME"), data: 7 }]);
  expect((await press("price/ACME")).status).toBe(303);
  expect(await server.broker.latest(parseTopic("price/ACME"))).toBe(7);
});

test.each([
  ["bare", 422],
  ["mine", 422],
  ["none", 404],
  ["Not a topic", 400],
])("it publishes nothing to “%s”", async (topic, status) => {
  expect((await press(topic)).status).toBe(status);
});

test("another site’s page cannot press it", async () => {
  expect((await press("price", server, { origin: "https://elsewhere.example" })).status).toBe(403);
});

test.each([{ publishToken: "t".repeat(32) }, { tokensFile: "/nowhere/tokens.yaml" }])(
  "where publishing needs a token there is no such button, and no such action: %j",
  async (config) => {
    const closed = await start({ views, config });
    expect(await (await fetch(`${closed.url}/cards`)).text()).not.toContain("brooklet/sample");
    expect((await press("price", closed)).status).toBe(404);
    await closed.close();
  },
);
