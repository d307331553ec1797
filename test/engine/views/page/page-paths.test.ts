import { describe, expect, test } from "vitest";
import type { Problem } from "../../../../src/engine/core/problem.ts";
import { pageText, thrown, viewsOf } from "../../../support/views.ts";

const shown = "<%= page %>: <%= JSON.stringify(params) %>";
const views = viewsOf({
  "widgets/room.eta": "<b><%= data %></b>",
  "pages/index.eta": shown,
  "pages/rooms/index.eta": shown,
  "pages/rooms/hall.eta": shown,
  "pages/rooms/_part.eta": shown,
  "pages/rooms/[room].eta": `---\ntitle: Room [room]\n---\n${shown} <%~ live("room/" + params.room) %>`,
  "pages/rooms/[room]/[day].eta": `---\nparams: { day: [1, 2] }\n---\n${shown}`,
  "pages/rooms/[room]/plan.eta": shown,
  "pages/[kind]/[name].eta": `---\nparams: { kind: "[xyz]+" }\n---\n${shown}`,
});
const pageAt = async (path: string) => {
  const name = views.paths.at(path);
  return name === undefined ? undefined : /<main>(.*?)( <|<\/main>)/.exec(await pageText(views, name, parts))?.[1];
};
const parts = { cursor: "", fill: () => "" };
const of = (name: string, params: object = {}) => `${name}: ${JSON.stringify(params).replaceAll('"', "&quot;")}`;

describe("a page whose path has a parameter", () => {
  test.each([
    ["/rooms/kitchen", of("rooms/kitchen", { room: "kitchen" })],
    ["/rooms/a.b~c_d-1", of("rooms/a.b~c_d-1", { room: "a.b~c_d-1" })],
    ["/rooms/kitch%65n", of("rooms/kitchen", { room: "kitchen" })],
    ["/rooms/kitchen/2", of("rooms/kitchen/2", { room: "kitchen", day: 2 })],
    ["/xyz/anything", of("xyz/anything", { kind: "xyz", name: "anything" })],
    ["/rooms/constructor", of("rooms/constructor", { room: "constructor" })],
  ])("answers %s", async (path, text) => expect(await pageAt(path)).toBe(text));

  test.each([
    ["/rooms/hall", of("rooms/hall")],
    ["/rooms", of("rooms/index")],
    ["/rooms/kitchen/plan", of("rooms/kitchen/plan", { room: "kitchen" })],
    ["/", of("index")],
  ])("lets a page go first that says more of its path: %s", async (path, text) =>
    expect(await pageAt(path)).toBe(text),
  );

  test.each([
    ["an empty segment", "/rooms/"],
    ["a segment after it", "/rooms/kitchen/1/"],
    ["one dot", "/rooms/%2e"],
    ["two dots", "/rooms/%2E."],
    ["a slash", "/rooms/a%2Fb"],
    ["a backslash", "/rooms/a%5cb"],
    ["a NUL", "/rooms/%00"],
    ["a line break", "/rooms/a%0Ab"],
    ["half a character", "/rooms/%E0%A4"],
    ["no percent-encoding", "/rooms/%zz"],
    ["too much", `/rooms/${"x".repeat(101)}`],
    ["a value that is not listed", "/rooms/kitchen/3"],
    ["a value that its pattern does not take", "/other/name"],
    ["the name of a page in it", "/rooms/index"],
    ["the name of a part of pages", "/rooms/_part"],
    ["the name of a page in it, encoded", "/rooms/%5fpart"],
  ])("answers nothing for %s", (_, path) => expect(views.paths.at(path)).toBeUndefined());

  test("has what its parameters are in its title", async () => {
    expect(await pageText(views, "rooms/kitchen", parts)).toContain("<title>Room kitchen</title>");
  });

  test("is not there where what is written makes no topic", async () => {
    const name = views.paths.at("/rooms/K%C3%BCche,1")!;
    expect(name).toBe("rooms/Küche,1");
    await expect(views.page(name, parts)).rejects.toMatchObject({ status: 404, code: "page_unknown" });
  });

  test("shows what is written there as text, and in no other way", async () => {
    const name = views.paths.at(`/rooms/kitchen/2`)!;
    expect(name).toBe("rooms/kitchen/2");
    const other = viewsOf({ "pages/[it].eta": "<b><%= params.it %></b>" });
    expect(await pageText(other, other.paths.at("/%3Ci%3E")!, parts)).toContain("<b>&lt;i&gt;</b>");
  });

  test("is each time of the parameters that it is asked for with", async () => {
    for (const room of ["a", "b", "a"]) expect(await pageAt(`/rooms/${room}`)).toBe(of(`rooms/${room}`, { room }));
  });
});

describe("its author is told of", () => {
  const file = (name: string, matter = "") => ({ [`pages/${name}.eta`]: `${matter}<b></b>` });
  test.each([
    [
      "two pages at the same addresses",
      { ...file("rooms/[id]"), ...file("rooms/[room]") },
      "rooms/[id].eta answers the same addresses.",
    ],
    ["two files of one address", { ...file("a"), ...file("a/index") }, "a.eta answers the same addresses."],
    [
      "a part of a segment",
      file("room-[id]"),
      "“room-[id]” is no parameter of a path: one is a whole segment, such as [room].",
    ],
    ["the rest of a path", file("[...rest]"), "“[...rest]” is no parameter"],
    ["one name twice", file("[a]/[a]"), "its path has the parameter [a] twice."],
    [
      "a parameter that there is not",
      file("[a]", "---\nparams: { b: [x] }\n---\n"),
      "“params” has a “b”, and the path of this page no [b].",
    ],
  ])("%s", (_, files: Record<string, string>, why) => {
    expect(thrown<Problem>(() => viewsOf(files)).message).toContain(why);
  });

  test("a mistake in its template before its first visitor comes, with a value that is listed", () => {
    const files = { "pages/[a].eta": "---\nparams: { a: [x, y] }\n---\n<%= ({ y: { z: 1 } })[params.a].z %>" };
    expect(thrown(() => viewsOf(files)).message).toContain("[a].eta:4");
  });
});

test("an example of a page's address is what its front matter lists, or a word that it takes", () => {
  expect(views.pages.map((page) => views.paths.example(page))).toEqual([
    undefined,
    "index",
    "rooms/example",
    "rooms/example/1",
    "rooms/example/plan",
    "rooms/hall",
    "rooms/index",
  ]);
  expect(views.paths.fixed).toEqual(["/", "/rooms/hall", "/rooms"]);
});

test("no example is what the server itself answers at, because a parameter has the name of that", () => {
  expect(viewsOf({ "pages/[events].eta": shown }).paths.example("[events]")).toBe("example");
});

test.each([
  ["a space", "my page", "/my%20page"],
  ["letters of any language", "über/größe", "/%C3%BCber/gr%c3%b6%C3%9Fe"],
  ["signs that need no encoding", "@me", "/@me"],
  ["signs that a browser may encode", "@me", "/%40me"],
])("a page whose file's name has %s is at the address that browsers make of it", (_, page, path) => {
  expect(viewsOf({ [`pages/${page}.eta`]: shown }).paths.at(path)).toBe(page);
});
