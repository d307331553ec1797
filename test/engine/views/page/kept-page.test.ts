import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Broker } from "../../../../src/engine/broker/broker.ts";
import type { Region } from "../../../../src/engine/core/region.ts";
import { parseItem, parseTopic, type Topic } from "../../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../../src/engine/log/memory.ts";
import { isBlank } from "../../../../src/engine/log/record.ts";
import { Metrics } from "../../../../src/engine/ops/metrics.ts";
import { LiveTopic } from "../../../../src/engine/topics/live-topic.ts";
import type { PageParts } from "../../../../src/engine/views/page/page-parts.ts";
import type { Views } from "../../../../src/engine/views/views.ts";
import { pageText, viewsOf } from "../../../support/views.ts";

declare global {
  /** What a page reads that the engine knows nothing of. */
  var readByPages: number;
}

const LAYOUTS = [
  '<title><%= title %></title><%~ refresh() %><%~ pulse() %><%~ notice() %><%~ snapshot() %><main id="_main"><%~ body %></main><%~ stream() %>',
  "<%~ pulse() %><p><%= user?.name %></p><main><%~ body %></main><%~ stream() %><%~ snapshot() %>",
];
const PRICES = ["<b><%= data %></b>", "<i><%= data %> … ü</i>", "<input name=typed value=<%= data %>>"];
const INDEX = '<%~ live("price") %><%~ live("feed") %><form <%~ action("sign") %>><button>Sign</button></form>';
const INDEXES = [INDEX, `<h1>An other</h1>${INDEX}`, `${INDEX}<%~ still("some", { of: 2 }) %>`];

const filesOf = (layout: number, price: number, index: number) => ({
  "layout.eta": LAYOUTS[layout]!,
  "widgets/price.eta": PRICES[price]!,
  "widgets/feed.eta": '---\nkind: log\nkeep: 3\n---\n<li id="<%= id %>"><%= data %></li>',
  "widgets/some.eta":
    '---\nkind: log\nparams:\n  of: [1, 2]\n---\n<% if (data % (params.of ?? 1) === 0) { %><li id="<%= id %>"><%= data %></li><% } %>',
  "widgets/own.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "pages/index.eta": INDEXES[index]!,
  "pages/own.eta": '<%~ live("own/" + visitor()) %><%~ live("own") %><p><%= once() %></p>',
  "pages/user.eta": "<p>Hello <%= user?.name %></p><%~ live('price') %><% if (user) { %><%~ live('own') %><% } %>",
  "pages/query.eta":
    "---\nquery: { of: [1, 2] }\n---\n<%~ live('some', query.of ? { of: query.of } : undefined) %><p><%= globalThis.readByPages %></p>",
});

type Step =
  | { do: "publish"; topic: string; data: number | string; item: string | undefined }
  | { do: "end"; topic: string }
  | { do: "clear"; topic: string }
  | { do: "edit"; layout: number; price: number; index: number }
  | { do: "tick" }
  | { do: "load"; by: Load[] };
interface Load {
  page: string;
  visitor: string;
  of: number | undefined;
}

const VISITORS = ["ada", "bob", "eve"];
const topic = fc.constantFrom(
  "price",
  "price",
  "feed",
  "feed",
  "some",
  "own",
  ...VISITORS.map((name) => `own/${name}`),
);
const load = fc.record({
  page: fc.constantFrom("index", "index", "own", "user", "query"),
  visitor: fc.constantFrom(...VISITORS),
  of: fc.constantFrom(undefined, 1, 2),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      topic,
      data: fc.oneof(fc.nat(9), fc.constantFrom("ü", "<b>", "x".repeat(60_000))),
      item: fc.constantFrom(undefined, undefined, "a"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ do: fc.constant("end" as const), topic }),
      fc.record({ do: fc.constant("clear" as const), topic }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("edit" as const), layout: fc.nat(1), price: fc.nat(2), index: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "tick" as const }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("load" as const), by: fc.array(load, { minLength: 1, maxLength: 3 }) }),
  },
);

/** A page without what is another with each load. */
const lasting = (html: string) =>
  html
    .replace(/(name="_(?:load|once)" value="(?:[\w/]+\.\d+\.)?)[\w-]{22}"/g, '$1…"')
    .replace(/class="moment\d\d"/g, "");

test("a page that is kept is the page that is made anew, whatever is published, edited and loaded by whom", async () => {
  const [runs, counts] = [process.env.LONG ? 1_000 : 40, { loads: 0, publishes: 0, edits: 0 }];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      globalThis.readByPages = 0;
      const log = new MemoryLog();
      let files = filesOf(0, 0, 0);
      let views = viewsOf(files);
      const broker = await Broker.open({ log, renderer: views });

      const partsFor = (present: Views, { visitor, of }: Load, reads: Partial<PageParts>): PageParts => ({
        cursor: broker.cursor(),
        fill: reads.fill!,
        still: reads.still,
        haveEnded: reads.haveEnded,
        query: of === undefined ? {} : { of: String(of) },
        user: visitor === "eve" ? undefined : { name: visitor },
        visitor: () => visitor,
        newId: () => `load-of-${visitor}`,
        seal: (regions) => {
          const names = regions.filter(({ topic }) => present.widgets.get(topic.split("/")[0]!)?.access === "page");
          return names.length === 0 ? undefined : `sealed-for-${visitor}-${names.length}`;
        },
        denied: async (topics) =>
          new Map(
            visitor === "bob" ? topics.filter((name) => name === "own").map((name) => [name, "Not for Bob."]) : [],
          ),
      });
      const kept = (given: Load) =>
        pageText(views, given.page, {
          ...partsFor(views, given, {
            fill: (region) => broker.htmlNow(region) ?? broker.html(region),
            still: (region) => broker.still(region),
            haveEnded: (topics) => broker.haveEnded(topics),
          }),
        });
      /** By templates that were read for it, from the log itself. */
      const anew = (given: Load) => {
        const fresh = viewsOf(files);
        const fill = async (region: Region) => {
          const shown = { renderer: fresh, cursor: String, onError: () => {}, metrics: new Metrics() };
          return new LiveTopic(region.topic, await log.read(region.topic)).html(region, shown).html();
        };
        const still = async (region: Region) => (isBlank(await log.read(region.topic)) ? undefined : fill(region));
        const haveEnded = async (topics: readonly Topic[]) =>
          (await Promise.all(topics.map((name) => log.read(name)))).every(({ ended }) => ended > 0);
        return pageText(fresh, given.page, partsFor(fresh, given, { fill, still, haveEnded }));
      };

      try {
        for (const taken of steps) {
          if (taken.do === "publish") {
            const name = parseTopic(taken.topic);
            const item = taken.item !== undefined && /^(?:feed|some)$/.test(name) ? parseItem(taken.item) : undefined;
            await broker.publish([{ topic: name, data: taken.data, item }]);
            counts.publishes++;
          } else if (taken.do === "end") await broker.end(parseTopic(taken.topic));
          else if (taken.do === "clear") await broker.clear(parseTopic(taken.topic));
          else if (taken.do === "tick") globalThis.readByPages++;
          else if (taken.do === "edit") {
            files = filesOf(taken.layout, taken.price, taken.index);
            views = viewsOf(files);
            broker.refresh(views);
            counts.edits++;
          } else {
            // At once, so that one is cut while another is filled.
            const [shown, right] = await Promise.all([
              Promise.all(taken.by.map(kept)),
              Promise.all(taken.by.map(anew)),
            ]);
            expect(shown.map(lasting)).toEqual(right.map(lasting));
            counts.loads += taken.by.length;
          }
        }
      } finally {
        await broker.close();
      }
    }),
    { numRuns: runs },
  );
  console.log(
    `${counts.loads} loads among ${counts.publishes} publishes and ${counts.edits} edits: 0 unlike a fresh page`,
  );
});

test("each load and each press of a kept page is another one", async () => {
  const views = viewsOf(filesOf(0, 0, 0));
  const load = () => pageText(views, "index", { cursor: "c", fill: () => "<b>1</b>" });
  const pages = await Promise.all(Array.from({ length: 20 }, load));
  const secrets = pages.flatMap((html) =>
    [...html.matchAll(/(?<=value=")(?:sign\.0\.)?([\w-]{22})(?=")/g)].map(([, id]) => id),
  );
  expect(new Set(secrets).size).toBe(40);
});

const LASTING = { text: "b" };

describe("templates run again for a load", () => {
  /** How often they have run for the second of two loads. */
  const runsAgain = async (page: string, parts: Partial<PageParts> = {}, before: Partial<PageParts> = parts) => {
    let runs = 0;
    const asset = (path: string) => {
      if (path === "counted.css") runs++;
      return `/${path}`;
    };
    const files = { ...filesOf(0, 0, 0), "snippets/time.eta": "<%= Date.now() %>" };
    const views = viewsOf({ ...files, "pages/index.eta": `<%= asset("counted.css") %>${page}` }, asset);
    const load = (given: Partial<PageParts>) =>
      pageText(views, "index", { cursor: "c", fill: () => "<b>1</b>", ...given });
    await load(before);
    runs = 0;
    await load(parts);
    return runs;
  };

  test.each([
    ["reads no more than it is given", INDEX, {}],
    ["has the word for chance as a name of its own", '<% const random = "a"; %><%= Math.max(1, 2) + random %>', {}],
    ["shows its address", "<%= origin %>", { origin: "http://a.example" }],
    ["shows what lasts", "<%= data?.text %>", { data: LASTING, lasting: LASTING, title: "Lasting" }],
  ])("not where a page %s", async (_, page, parts) => {
    expect(await runsAgain(page, parts)).toBe(0);
  });

  test.each([
    ["reads the clock", "<%= new Date().getUTCFullYear() %>"],
    ["reads the clock in what it includes", '<%~ include("/snippets/time") %>'],
    ["has chance in it", "<%= Math.random() %>"],
    ["has chance in it by another name", "<% const { random } = Math; %><%= random() %>"],
    ["reads the clock between what looks like comments", '<%= ["*/*", Date.now(), "*/*"].join() %>'],
    ["has something made that knows its time", '<%= new File([], "x").lastModified %>'],
    ["keeps a count", "<% this.count = (this.count ?? 0) + 1; %>"],
    ["reads what is global", "<%= globalThis.readByPages %>"],
    ["shows an id of its visitor", "<%= visitor() %>"],
    ["shows an id of its load", "<%= once() %>"],
  ])("where a page %s", async (_, page) => {
    expect(await runsAgain(page)).toBe(1);
  });

  test("where they are given something else, or somebody", async () => {
    const own = (page: string, now: Partial<PageParts>, before: Partial<PageParts>) => runsAgain(page, now, before);
    expect(await own("<%= user?.name %>", { user: { name: "Ada" } }, {})).toBe(1);
    expect(await own("<%= user?.name %>", {}, { user: { name: "Ada" } })).toBe(1);
    expect(await own("<%= data?.a %>", { data: { a: 1 } }, {})).toBe(1);
    expect(await own("<%= origin %>", { origin: "http://a.example" }, { origin: "http://b.example" })).toBe(1);
    expect(await own("<%= query.of %>", { query: { of: "1" } }, { query: { of: "2" } })).toBe(1);
    expect(await own("<%= query.of %>", { query: { of: Infinity } }, { query: { of: -Infinity } })).toBe(1);
    expect(await own("<%= title %>", { title: "One" }, { title: "Another" })).toBe(1);
    expect(await own("", { wall: true }, {})).toBe(1);
    expect(await own("", { refused: { text: "No." } }, {})).toBe(1);
  });
});
