import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { parseFragment } from "parse5";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeEvent, streamHeaders } from "../../src/engine/core/event.ts";
import type { Json } from "../../src/engine/core/json.ts";
import { fill } from "../../src/engine/core/partial.ts";
import { Problem } from "../../src/engine/core/problem.ts";
import { itemId, type Region, regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import type { Sample } from "../../src/engine/views/files/samples.ts";
import { elementsIn } from "../../src/engine/views/forms/form-fields.ts";
import type { WidgetView } from "../../src/engine/views/widget-view.ts";
import { viewsIn } from "../../src/testing/author-views.ts";
import { useChromium } from "../support/browser.ts";
import { FIXTURES, SITE_VIEWS } from "../support/folders.ts";
import { hostile, plain } from "./payloads.ts";

const SEED = Number(process.env.SEED ?? 20_290_611);
const PAYLOADS = process.env.LONG === "1" ? 1_000_000 : 100_000;
/** From so many values without anything hostile it is learnt what each template makes. */
const LESSONS = 300;

const [theirs, fixtures] = [viewsIn(SITE_VIEWS), viewsIn(FIXTURES.views)];
/** Whatever an author has; where that is nothing with samples, the engine's own fixtures. */
const views = [...theirs.widgets.values()].some(({ samples }) => samples.length > 0) ? theirs : fixtures;
const chromium = useChromium();

/** What a template may make: elements, and attributes of these, as `a` and `a href`. */
type Parts = Record<string, true>;
interface Sent {
  readonly event: Buffer;
  readonly widget: string;
}

let server: Server;
let events: Buffer[] = [];
beforeAll(async () => {
  server = createServer(async ({ url }, res) => {
    if (url !== "/events") return res.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>");
    res.writeHead(200, streamHeaders);
    for (const event of events) if (!res.write(event)) await once(res, "drain");
    res.end(encodeEvent({ event: "done", data: "" }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

const SAMPLES = [...views.widgets.values()].flatMap((widget) => widget.samples.map((sample) => ({ widget, sample })));

/** @returns undefined where the value is refused */
function rendered(
  { name, kind }: WidgetView,
  region: Region,
  sample: Sample,
  data: Json,
  item: string,
): string | undefined {
  const id = kind === "log" ? { id: itemId(region.id, `=${item}`), item } : {};
  try {
    return views.fragment(region, { data, history: kind === "log" ? [] : [data, data], at: sample.at, ...id });
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return undefined;
    throw new Error(`${name} throws for ${JSON.stringify(data)}`, { cause: error });
  }
}

function learn(): Record<string, Parts> {
  const may: Record<string, Parts> = {};
  for (const { widget, sample } of SAMPLES) {
    const region = regionOf(parseTopic(widget.name), sample.params);
    const parts: Parts = may[widget.name] ?? {};
    may[widget.name] = parts;
    for (const data of [sample.data, ...fc.sample(plain(sample.data), { seed: SEED, numRuns: LESSONS })]) {
      for (const { tagName, attrs } of elementsIn(parseFragment(rendered(widget, region, sample, data, "m7") ?? ""))) {
        parts[tagName] = true;
        for (const { name } of attrs) parts[`${tagName} ${name}`] = true;
      }
    }
  }
  return may;
}

function attack(): { sent: Sent[]; refused: number } {
  const each = Math.ceil(PAYLOADS / SAMPLES.length);
  const sent: Sent[] = [];
  let refused = 0;
  for (const { widget, sample } of SAMPLES) {
    const region = regionOf(parseTopic(widget.name), sample.params);
    const values = fc.sample(fc.tuple(hostile(sample.data), fc.constantFrom("m7", "<b>", '"x"', "a b")), {
      seed: SEED,
      numRuns: each,
    });
    for (const [data, item] of values) {
      const html = rendered(widget, region, sample, data, item);
      if (html === undefined) refused++;
      else
        sent.push({
          event: encodeEvent({ id: String(sent.length), data: fill(region.id, html) }),
          widget: widget.name,
        });
    }
  }
  return { sent, refused };
}

test(`${PAYLOADS} hostile values through every template, into Chromium: no element, attribute or event more than it makes`, {
  timeout: 900_000,
}, async () => {
  const { sent, refused } = attack();
  events = sent.map(({ event }) => event);
  const page = await chromium.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const foreign: string[] = [];
  page.on("request", (request) => foreign.push(request.url()));
  const found = await read(
    page,
    learn(),
    sent.map(({ widget }) => widget),
  );
  console.log(
    `payloads, seed ${SEED}: ${sent.length + refused} values through ${views.widgets.size} templates, ${refused} refused; ` +
      `events ${found.events} of ${sent.length}, more ${found.others}; elements or attributes more than the template's ${found.wrong.length}; ` +
      `scripts run ${found.pwned ? 1 : 0}`,
  );
  expect(found).toEqual({ events: sent.length, others: 0, wrong: [], pwned: false });
  expect(sent.length).toBeGreaterThan(PAYLOADS / 2);
  expect(foreign.filter((url) => !url.endsWith("/events"))).toEqual([]);
});

/** Reads the stream as a page does, and looks at what each event would put there. */
function read(page: Page, may: Record<string, Parts>, widgets: readonly string[]) {
  return page.evaluate(
    ([may, widgets]) =>
      new Promise<{ events: number; others: number; wrong: string[]; pwned: boolean }>((resolve) => {
        const found = { events: 0, others: 0, wrong: [] as string[], pwned: false };
        const place = document.createElement("template");
        const stream = new EventSource("/events");
        for (const name of ["evil", "end", "error"]) stream.addEventListener(name, () => found.others++);
        stream.onmessage = ({ data, lastEventId }) => {
          if (lastEventId !== String(found.events)) found.others++;
          const parts = may[widgets[found.events++]!]!;
          place.innerHTML = data;
          const [partial, ...more] = place.content.children;
          if (more.length > 0 || partial?.tagName !== "HX-PARTIAL" || partial.attributes.length !== 2)
            found.wrong.push(data);
          for (const element of partial?.querySelectorAll("*") ?? []) {
            const tag = element.tagName.toLowerCase();
            const names = element.getAttributeNames();
            const link = element.getAttribute("href") ?? "";
            const strange =
              !parts[tag] ||
              names.some((name) => name !== "class" && !parts[`${tag} ${name}`]) ||
              /^\s*(javascript|data|vbscript):/i.test(link);
            if (strange && found.wrong.length < 20) found.wrong.push(`${tag} ${names} in ${data}`);
          }
          // Some of them live, where a handler would run.
          if (found.events % 50 === 0) document.body.innerHTML = data;
        };
        stream.addEventListener("done", () => {
          stream.close();
          setTimeout(() => resolve({ ...found, pwned: "pwned" in globalThis }), 200);
        });
      }),
    [may, widgets] as const,
  );
}
