import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { action } from "../../../../src/engine/actions/action.ts";
import { loadActions } from "../../../../src/engine/actions/files.ts";
import { refuse } from "../../../../src/engine/actions/refuse.ts";
import { LIMITS } from "../../../../src/engine/core/limits.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { headElements } from "../../../../src/engine/views/page/head.ts";
import { eventually } from "../../../support/browser.ts";
import { writeFiles } from "../../../support/folders.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const NAME = z.string().min(1, "Who are you?");
const ACTIONS = {
  wave: action(({ publish }) => publish("waves", {})),
  bow: action(({ publish }) => publish("waves", { text: "bows" })),
  "guests/sign": action({
    fields: z.object({ name: NAME, text: z.string().min(3, "Say more.") }),
    run: ({ fields, publish }) => publish("waves", { ...fields, picky: fields.name === "picky" }),
  }),
  own: action(({ visitor, publish }) => publish(`waves/${visitor()}`, {})),
  go: action(({ fields, page }) => page.go(fields.to ?? "/")),
  join: action(({ page }) => page.join("late")),
  closed: action(() => refuse("We are closed.")),
  noted: action(async ({ publish }) => {
    await publish("waves", {});
    refuse("Noted, but no.");
  }),
  broken: action(() => {
    throw new Error("the pump <b>is</b> off");
  }),
};

const VIEWS = templates({
  "widgets/waves.eta":
    '---\nkind: log\n---\n<% if (data.picky) refuse("No picky ones."); %><li id="<%= id %>"><%= data.text %></li>',
  "widgets/late.eta": "<b><%= data %></b>",
  "widgets/bell.eta": '<form <%~ action("closed") %>><button>Ring</button></form>',
  "pages/guests.eta": `---
query:
  page: [1, 2]
---
<h1>Guests</h1><p>Page <%= query.page %></p>
<form <%~ action("wave") %>><button>Wave</button></form>
<form id="sign" <%~ action("guests/sign") %>>
<label>Name <input name="name" value="Nobody"></label> <label>Text <textarea name="text"></textarea></label> <button>Sign</button>
</form>
<form <%~ action("noted") %>><button>Note</button></form>
<form <%~ action("wave", { sync: "replace" }) %>><button>Wave on</button></form>
<form <%~ action("broken") %>><button>Break</button> <button formaction="/actions/bow">Bow</button></form>
<%~ still("late") %><%~ live("bell") %>`,
  "pages/thanks.eta": "<h1>Thanks</h1>",
});

let server: TestServer;
const begin = async (config = {}) => {
  server = await start({ views: VIEWS, actions: ACTIONS, config });
};
beforeEach(() => begin());
afterEach(() => server.close());

const HTMX = { "hx-request": "true" };
const PERSON = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const waves = async () =>
  [...(await server.broker.record(parseTopic("waves"))).values.values()].map(({ json }) => json.value);

/** Sends a form as a page does that is at `/guests`, or elsewhere. */
function send(
  name: string,
  body: Record<string, string> | string = {},
  headers: Record<string, string> = HTMX,
  at = "/guests",
) {
  const from = { referer: server.url + at, ...headers };
  return fetch(`${server.url}/actions/${name}`, {
    method: "POST",
    body: new URLSearchParams(body),
    headers: from,
    redirect: "manual",
  });
}
/** The hidden field that tells a press of this form of the page from any other. */
async function once(name: string): Promise<string> {
  const page = await (await fetch(`${server.url}/guests`)).text();
  const form = page.slice(page.indexOf(`action="/actions/${name}"`));
  return /name="_once" value="([^"]+)"/.exec(form)![1]!;
}

describe("a form that is taken", () => {
  test("without htmx leads back to its page, as it was chosen", async () => {
    const taken = await send("wave", {}, PERSON, "/guests?page=2");
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/guests?page=2"]);
    expect(await waves()).toEqual([{}]);
  });

  test("with htmx is put in place anew as its page has it, and nothing else is", async () => {
    const answer = await (
      await send("guests/sign", { name: "Ada", text: "Hello", _once: await once("guests/sign") })
    ).text();
    expect(answer).toContain('<input name="name" value="Nobody"');
    expect(answer).not.toMatch(/Hello|Wave|<h1>|<form/);
    expect(await waves()).toEqual([{ name: "Ada", text: "Hello", picky: false }]);
  });

  test("twice, as a double press is, counts once; filled in anew it is another", async () => {
    const fields = { name: "Ada", text: "Hello", _once: await once("guests/sign") };
    const answers = await Promise.all([send("guests/sign", fields), send("guests/sign", fields, PERSON)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 303]);
    expect(await waves()).toHaveLength(1);
    await send("guests/sign", { ...fields, text: "Another" });
    expect(await waves()).toHaveLength(2);
    // What its page shows by now is not of the form.
    await send("guests/sign", { ...fields, _regions: "bell,late", _page: "/guests" });
    expect(await waves()).toHaveLength(2);
    // Of a form without that field, such as a program's, nothing is dropped.
    for (let i = 0; i < 3; i++) await send("wave");
    expect(await waves()).toHaveLength(5);
  });

  test("by a button that names an action of its own is put in place anew, too, so that its next press is another", async () => {
    let answer = await (await send("bow", { _once: await once("broken") })).text();
    for (let presses = 1; presses <= 3; presses++) {
      expect(await waves()).toHaveLength(presses);
      const again = /name="_once" value="([^"]+)"/.exec(answer)?.[1];
      answer = await (await send("bow", { _once: again! })).text();
    }
  });

  test("and answered at once, and pressed again by the same double click, counts once", async () => {
    const load = { _load: "a-page-load" };
    await send("wave", { ...load, _once: await once("wave") });
    await send("wave", { ...load, _once: await once("wave") });
    expect(await waves()).toHaveLength(1);
    await send("wave", { _load: "another", _once: await once("wave") });
    expect(await waves()).toHaveLength(2);
  });

  test("of a widget, whose bytes all visitors share, counts once for one visitor's double press", async () => {
    const press = (visitor: string) => send("wave", { _widget: "bell" }, { ...HTMX, "user-agent": visitor });
    await Promise.all([press("Ada"), press("Ada"), press("Grace")]);
    expect(await waves()).toHaveLength(2);
  });

  test("of a widget counts for each of many visitors who are alike and behind one address", async () => {
    const loads = await Promise.all([1, 2, 3].map(async () => (await fetch(`${server.url}/guests`)).text()));
    const ids = loads.map((page) => /id="_load" name="_load" value="([\w-]{22})"/.exec(page)![1]!);
    const twice = [...ids, ...ids].map((_load) => send("wave", { _widget: "bell", _load }));
    await Promise.all(twice);
    expect(await waves()).toHaveLength(3);
  });

  test("where the last press counts is another press each time, though no answer to the one before has come", async () => {
    const page = await (await fetch(`${server.url}/guests`)).text();
    const _once = /name="_once" value="(wave\.1\.[^"]*)"/.exec(page)![1]!;
    for (const name of ["wave", "bow", "wave"]) await send(name, { _once });
    expect(await waves()).toEqual([{}, { text: "bows" }, {}]);
  });

  test("though a deploy has taken it off its page, is another press the next time", async () => {
    const answer = await (await send("wave", { _once: "wave.7.old" })).text();
    expect(answer).toMatch(/hx-target="find \[name=_once\]".*name="_once" value="wave\.7\.[\w-]{22}"/);
  });
});

describe("a form that is refused", () => {
  test("without htmx is on its page again with what was typed, the reasons beside the fields and the focus on the first", async () => {
    const fields = { name: '"Ada" </form>', text: "Hi", _once: await once("guests/sign") };
    const refused = await send("guests/sign", fields, PERSON, "/guests?page=2");
    const page = await refused.text();
    expect(refused.status).toBe(422);
    expect(page).toContain("<h1>Guests</h1><p>Page 2</p>");
    expect(page).toContain('value="&quot;Ada&quot; &lt;/form&gt;"');
    expect(page).toMatch(/<textarea name="text"[^>]* autofocus[^>]*>\nHi<\/textarea>/);
    expect(page).toMatch(/<p class="refused"[^>]*>Say more\.<\/p>/);
    expect(page.match(/autofocus/g)).toHaveLength(1);
    expect(await waves()).toEqual([]);
  });

  test("without htmx leads back to its page once it is taken, though it was at the action's address meanwhile", async () => {
    const fields = { name: "Ada", text: "Hi", _once: await once("guests/sign") };
    const page = await (await send("guests/sign", fields, PERSON, "/guests?page=2")).text();
    const [, from] = /name="_page" value="([^"]+)"/.exec(page)!;
    expect(from).toBe("/guests?page=2");
    const taken = await send("guests/sign", { ...fields, text: "Hello", _page: from! }, PERSON, "/actions/guests/sign");
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/guests?page=2"]);
    for (const _page of ["https://evil.example/guests", "//evil.example/guests", "/nowhere"]) {
      const location = (await send("wave", { _page }, PERSON)).headers.get("location");
      expect(location).toMatch(/^\/(?:guests)?$/);
    }
  });

  test("of a page whose address is not understood has the reason beside it, too", async () => {
    const refused = await send("wave", { _page: "/guests?page=9", _once: await once("wave") });
    const html = await refused.text();
    expect([refused.status, refused.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"]);
    expect(html).toContain('class="refusal"');
    expect(html).toContain("The address has a “page” that is not known. It must be 1 or 2.");
  });

  test("with htmx has the same in its own place, and is another press when it is sent again", async () => {
    const refused = await send("guests/sign", { name: "", text: "Hi", _once: await once("guests/sign") });
    const html = await refused.text();
    expect([refused.status, html]).toEqual([422, expect.stringContaining("Who are you?")]);
    expect(html).toContain("Say more.");
    expect(html).not.toMatch(/<h1>|<form/);
    const again = /name="_once" value="([^"]+)"/.exec(html)![1]!;
    expect((await send("guests/sign", { name: "Ada", text: "Hello", _once: again })).status).toBe(200);
    expect(await waves()).toHaveLength(1);
  });

  test("and is pressed again is another press, whose changes are made again", async () => {
    let _once = await once("noted");
    for (const accepted of [HTMX, PERSON, HTMX]) {
      const html = await (await send("noted", { _once }, accepted)).text();
      expect(html).toContain("Noted, but no.");
      _once = /name="_once" value="(noted\.[^"]+)"/.exec(html)![1]!;
    }
    expect(await waves()).toHaveLength(3);
  });

  test("though it may have been taken, is the same press when it is tried again", async () => {
    const _once = await once("broken");
    const withHtmx = await (await send("broken", { _once })).text();
    expect(withHtmx).not.toContain("_once");
    const without = await (await send("broken", { _once }, PERSON)).text();
    expect(without).toContain(` value="${_once}"`);
  });

  test("for no field in particular leaves all as it was typed, and says why", async () => {
    const refused = await send("guests/sign", { name: "picky", text: "Hello", _once: await once("guests/sign") });
    const html = await refused.text();
    expect([refused.status, html]).toEqual([
      422,
      expect.stringContaining("Widget “waves” refuses this value. No picky ones."),
    ]);
    expect(html).not.toContain("<input name=");
  });

  test("of a widget is told outside of it, with and without htmx", async () => {
    const enhanced = await (await send("closed", { _widget: "bell" })).text();
    expect(enhanced).toMatch(/<div id="_refused" hx-swap-oob="innerHTML"><p[^>]*>We are closed\.<\/p>/);
    const page = await (await send("closed", { _widget: "bell" }, PERSON)).text();
    expect(page).toMatch(/<div id="_refused"[^>]*><p[^>]*>We are closed\.<\/p>/);
  });

  test("by an action that throws says so and nothing of why; the operator has it all", async () => {
    for (const headers of [HTMX, PERSON]) {
      const failed = await send("broken", { _once: await once("broken") }, headers);
      const html = await failed.text();
      expect([failed.status, html]).toEqual([500, expect.stringContaining("Something went wrong here")]);
      expect(html).not.toContain("pump");
    }
    expect(server.errors.filter((error) => error instanceof Error && error.message.includes("pump"))).toHaveLength(2);
  });

  test("by an action that throws shows its author the error and the line, in development alone", async () => {
    await server.close();
    const folder = mkdtempSync(join(tmpdir(), "brooklet-"));
    const dir = join(folder, "src/actions");
    mkdirSync(dir, { recursive: true });
    const lines = ["export default { fields: undefined, run() {", '  throw new Error("the pump is off");', "} };"];
    writeFileSync(join(dir, "broken.js"), lines.join("\n"));
    const actions = Object.fromEntries(await loadActions(pathToFileURL(`${dir}/`)));
    server = await start({ views: VIEWS, actions: { ...ACTIONS, ...actions }, config: { development: true } });
    for (const headers of [HTMX, PERSON]) {
      const html = await (await send("broken", { _once: await once("broken") }, headers)).text();
      expect(html).toContain("src/actions/broken.js:2: Error: the pump is off");
      expect(html).not.toContain(folder);
    }
    rmSync(folder, { recursive: true });
  });

  test("of a program says so in JSON, field by field", async () => {
    const refused = await send("guests/sign", { name: "Ada", text: "x" }, { accept: "application/json" });
    expect([refused.status, await refused.json()]).toEqual([
      422,
      {
        status: 422,
        code: "fields_refused",
        title: expect.any(String),
        fields: { text: "Say more." },
        request_id: refused.headers.get("x-request-id"),
      },
    ]);
    expect(await (await send("wavy", {}, {})).json()).toMatchObject({
      status: 404,
      code: "action_unknown",
      title: expect.stringContaining("“wave”"),
    });
    const json = await fetch(`${server.url}/actions/wave`, {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    expect(await json.json()).toMatchObject({ status: 415, code: "media_type_unsupported" });
  });

  test("for lack of a cookie tells a visitor to load the page again", async () => {
    expect(await (await send("own")).text()).toContain("Load the page again.");
  });
});

describe("where an action leads", () => {
  test("the page itself at another query is put in place, with its stream, and its address", async () => {
    const gone = await send("go", { to: "/guests?page=2" });
    const html = await gone.text();
    expect(gone.headers.get("hx-replace-url")).toBe("/guests?page=2");
    expect(html).toContain("<p>Page 2</p>");
    expect(html).toMatch(/hx-swap-oob="true"[^>]*sse-connect="\/events\?regions=bell&amp;cursor=/);
    expect(html).not.toContain("<body");
  });

  test("another page is loaded, and without htmx any is", async () => {
    expect((await send("go", { to: "/thanks" })).headers.get("hx-redirect")).toBe("/thanks");
    expect((await send("go", { to: "/guests?page=2" }, PERSON)).headers.get("location")).toBe("/guests?page=2");
  });

  test("is nowhere else, whatever a field or a Referer says", async () => {
    for (const to of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
      const gone = await send("go", { to }, PERSON);
      expect([gone.status, gone.headers.get("location")]).toEqual([500, null]);
    }
    for (const referer of ["https://evil.example/", "//evil", "javascript:1"]) {
      expect((await send("wave", {}, { ...PERSON, referer })).headers.get("location")).toMatch(/^\/(?!\/)/);
    }
  });

  test("which cannot be shown is told beside the form, and that it was taken; its next press is another", async () => {
    for (const [name, fields] of [
      ["go", { to: "/guests?page=9" }],
      ["go", { to: "/guests?page=none" }],
    ] as const) {
      const answer = await send(name, { ...fields, _once: "wave.0.old" });
      expect([answer.status, answer.headers.get("hx-replace-url")]).toEqual([500, null]);
      expect(await answer.text()).toMatch(/This was taken, but .*name="_once" value="wave\.0\./);
    }
  });

  test("is nowhere for a page that says to have what cannot be: nothing is done", async () => {
    const answer = await send("wave", { _regions: "no region", _once: await once("wave") });
    expect(answer.status).toBe(400);
    expect(await waves()).toEqual([]);
  });

  test("a region that joins is filled, and the stream begins again for all", async () => {
    await server.broker.publish([{ topic: parseTopic("late"), data: 7 }]);
    const html = await (await send("join", { _regions: "bell" })).text();
    expect(html).toContain("<hx-partial id=late ");
    expect(html).toContain("<b>7</b>");
    expect(html).toContain('sse-connect="/events?regions=bell,late"');
    expect(await (await send("join", { _regions: "bell,late" })).text()).not.toContain("sse-connect");
  });
});

describe("all actions", () => {
  test("are closed by FORMS=off, to people and programs", async () => {
    await server.close();
    await begin({ forms: false });
    const closed = "This server takes nothing from visitors now.";
    for (const headers of [HTMX, PERSON]) {
      const answer = await send("wave", {}, headers);
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining(closed)]);
    }
    expect(await (await send("wave", {}, {})).json()).toMatchObject({ status: 403, code: "forms_closed" });
    expect(await waves()).toEqual([]);
  });

  test("are refused to a page of another site before anything is read", async () => {
    const foreign = await send("wave", {}, { ...HTMX, "sec-fetch-site": "cross-site" });
    expect(await foreign.json()).toMatchObject({ code: "origin_forbidden" });
    expect(await waves()).toEqual([]);
  });

  test("together take so many forms of one address, and then tell it to wait", async () => {
    const statuses = new Map<number, number>();
    const from = { "x-forwarded-for": "198.51.100.1", ...HTMX };
    for (let i = 0; i < 100; i++) {
      const { status, headers } = await send(i % 2 ? "wave" : "closed", {}, from);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect([...statuses.keys()].sort()).toEqual([200, 422, 429]);
    expect((await send("wave", {}, { ...from, "x-forwarded-for": "198.51.100.2" })).status).toBe(200);
  });
});

test("an action that never answers is told to its visitor, and to the operator; what becomes of it later counts once", async () => {
  let end = (): void => {};
  const slow = action(async ({ publish }) => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    await publish("waves", { text: "late" });
  });
  await server.close();
  server = await start({ views: VIEWS, actions: { ...ACTIONS, wave: slow }, actionMs: 50 });
  const once = (await (await fetch(`${server.url}/guests`)).text()).match(/name="_once" value="([^"]+)"/)![1]!;
  const late = await send("wave", { _once: once });
  expect(late.status).toBe(503);
  expect(await late.text()).toContain("whether this was taken is not known");
  expect(server.errors).toMatchObject([{ code: "action_late", cause: { message: "action wave has run for 0.05 s" } }]);

  const again = send("wave", { _once: once });
  end();
  expect((await again).status).toBe(200);
  expect(await waves()).toEqual([{ text: "late" }]);
});

test("an action that is written beside a running server is not taken for one that is missing: its form says to start again", async () => {
  await server.close();
  const views = templates({});
  server = await start({ views });
  writeFiles(dirname(views), {
    "src/actions/alerts/acknowledge.ts": "export {};",
    "views/widgets/alerts.eta": '<form <%~ action("alerts/acknowledge") %>><button>Acknowledge</button></form>',
  });
  const told = await eventually(
    () => Promise.resolve(server.errors.map(String).join("\n")),
    (told) => told !== "",
  );
  expect(told).toContain(
    'action("alerts/acknowledge"): src/actions/alerts/acknowledge.ts has not been read, since the server reads actions once. Start it again.',
  );
});

test("a page waits for what is pressed for longer than an action may take, so that it is told what the server says of it", () => {
  const head = headElements(String, undefined, "");
  const { timeout } = JSON.parse(head.match(/name="htmx-config" content='([^']+)'/)![1]!);
  expect(timeout).toBeGreaterThan(LIMITS.actionMs);
});
