import { parse, parseFragment } from "parse5";
import type { Broker } from "../engine/broker/broker.ts";
import { didYouMean } from "../engine/core/problem.ts";
import { parseRegion, parseRegions } from "../engine/core/region.ts";
import { publicName } from "../engine/core/topic.ts";
import { notAnAction, REGIONS_FIELD } from "../engine/views/forms/action-forms.ts";
import { attribute, elementsIn, type HtmlElement } from "../engine/views/forms/form-fields.ts";
import { REFUSED, regionElement, STREAM_ADDRESS } from "../engine/views/page/page-elements.ts";
import { addressOf } from "../engine/views/page/page-paths.ts";
import type { Views } from "../engine/views/views.ts";
import { told } from "./author-views.ts";
import { Collected } from "./collected.ts";
import { formatted, formattedIn, mainIn, wordsIn } from "./formatted.ts";
import { type PressedFields, pressIn } from "./page-form.ts";

/** What a visitor's browser knows of the server that it visits. @internal */
export interface Visited {
  readonly url: string;
  readonly views: Views;
  readonly broker: Broker;
  /** The names of all actions. */
  readonly actions: ReadonlySet<string>;
  /** How long something that comes over a stream may take. */
  readonly patienceMs: number;
  /** Ends what is open. */
  readonly signal: AbortSignal;
  /** Told of each region that is collected. */
  readonly onCollect: (collected: Collected) => void;
}

export interface OnPage {
  /** The address of the page that it is on: `/updates?friends=true`. */
  readonly on?: string;
}

/** What a visitor is told who has pressed a form. */
export interface AnsweredPress {
  /** Whether it was taken. */
  readonly taken: boolean;
  readonly status: number;
  /** All that it was refused for; "" where it was taken. */
  readonly refused: string;
  /** The reasons that stand beside fields, by the fields' names. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where the visitor is then: `/thanks`. */
  readonly address: string;
  /** What the page shows of it, as formatted HTML; "" where another one is loaded. */
  readonly html: string;
}

interface LoadedPage {
  readonly address: string;
  readonly html: string;
  readonly elements: readonly HtmlElement[];
}

/** Somebody with a browser of their own, and so with cookies of their own. */
export class TestVisitor {
  readonly #visited: Visited;
  readonly #cookies = new Map<string, string>();

  /** @internal */
  constructor(visited: Visited) {
    this.#visited = visited;
  }

  /**
   * Loads a page. @returns what is in its main element, as formatted HTML
   * @throws Error where it is not shown, with what is said instead
   */
  async page(address: string): Promise<string> {
    return formattedIn(mainIn(parse((await this.#load(address)).html)));
  }

  /**
   * Opens the stream of a page, and collects what it brings for one of its regions.
   * @param region its name: `price`, `updates?friends=true`; in place of an id of `visitor()` or `once()` write `…`: `random/…`
   * @param where on which page; by default on none, but by itself
   * @throws Error where there is no such region, with the one that was meant
   */
  async collect(region: string, where: OnPage = {}): Promise<Collected> {
    const { collected, stream } = await told(() =>
      where.on === undefined ? this.#alone(region) : this.#on(where.on, region),
    );
    const response = await this.#fetch(stream);
    if (!response.ok)
      throw new Error(`The stream of ${region} is answered ${response.status}: ${await response.text()}`);
    void collected.read(response.body!);
    this.#visited.onCollect(collected);
    return collected;
  }

  /**
   * Loads a page, fills a form of it, and presses its button, as a browser does with htmx.
   * @param action the form's, or the button's: `inbox/add`
   * @param given what is typed, chosen and pressed; what is not named is sent as the page has it
   * @param where on which page; by default on the first that has such a form
   * @throws Error where no page has it, with the one that was meant; for a field that it does not have
   */
  async press(action: string, given: PressedFields = {}, where: OnPage = {}): Promise<AnsweredPress> {
    const { page, sent } = await this.#form(action, given, where);
    const { url } = this.#visited;
    const headers = { "HX-Request": "true", "HX-Current-URL": url + page.address, origin: url };
    const response = await this.#fetch(`/actions/${action}`, { method: "POST", body: sent, headers });
    return answered(response, await response.text(), page.address);
  }

  async #form(
    action: string,
    given: PressedFields,
    { on }: OnPage,
  ): Promise<{ page: LoadedPage; sent: URLSearchParams }> {
    for (const address of on === undefined ? this.#whereFormIs(action) : [on]) {
      const page = on === undefined ? await this.#look(address) : await this.#load(address);
      const sent = typeof page === "string" ? undefined : pressIn(page.elements, action, given);
      if (sent !== undefined) return { page: page as LoadedPage, sent };
    }
    const known = this.#visited.actions;
    if (!known.has(action)) throw new Error(notAnAction(action, known)!);
    const form = `<form <%~ action("${action}") %>>`;
    throw new Error(
      on === undefined
        ? `No page shows a form of “${action}” to this visitor now. Write it on one: ${form}.`
        : `The page ${on} shows no form of “${action}” to this visitor now. Write it there: ${form}.`,
    );
  }

  /** The addresses of all pages: those first that have the form themselves, and not in a region. */
  #whereFormIs(action: string): string[] {
    const { views } = this.#visited;
    const has = (page: string) => views.form(page, {}, { action, index: 0 }) !== undefined;
    const pages = views.pages.flatMap((page) => views.paths.example(page) ?? []);
    return [...pages.filter(has), ...pages.filter((page) => !has(page))].map(addressOf);
  }

  /** A region of a page, with the address of the page's stream. */
  async #on(address: string, name: string): Promise<Collecting> {
    const { elements } = await this.#load(address);
    const byId = (id: string) => elements.find((element) => attribute(element, "id") === id);
    const regions = parseRegions((attribute(byId(REGIONS_FIELD)!, "value") ?? "").split(";")[0]!);
    const region = regions.find((region) => region.name === name || publicName(region.topic) === name);
    if (region === undefined) {
      const known = regions.map(({ topic }) => publicName(topic));
      const has = known.length === 0 ? "Nothing is live there." : `It has ${known.join(", ")}.`;
      throw new Error(`The page ${address} has no live region “${name}”.${didYouMean(name, known) || ` ${has}`}`);
    }
    const stream = elements.flatMap((element) => attribute(element, STREAM_ADDRESS) ?? [])[0]!;
    return { collected: new Collected(region, byId(region.id)!, this.#visited.patienceMs), stream };
  }

  /** A region by itself, with the address of its stream. */
  async #alone(name: string): Promise<Collecting> {
    const { views, broker, patienceMs } = this.#visited;
    const region = parseRegion(name);
    views.check(region);
    const widget = views.widget(region.topic);
    if (widget.access === "page") {
      throw new Error(
        `“${widget.name}” is for pages alone (access: page). Say on which it is: collect("${name}", { on: "/…" }).`,
      );
    }
    const stream = `/events?regions=${encodeURIComponent(region.name)}&cursor=${broker.cursor()}`; // before it is read
    const [element] = elementsIn(parseFragment(regionElement(region, widget, await broker.html(region))));
    return { collected: new Collected(region, element!, patienceMs), stream };
  }

  async #load(address: string): Promise<LoadedPage> {
    const page = await this.#look(address);
    if (typeof page === "string") throw new Error(`The page ${address} is not shown. ${page}`);
    return page;
  }

  /** A page, as a browser loads it that follows where it is led; or what is said in its place. */
  async #look(address: string): Promise<LoadedPage | string> {
    const headers = { accept: "text/html", "sec-fetch-site": "none" };
    let at = address;
    let response = await this.#fetch(at, { headers });
    for (let led = 0; response.status === 303 && led < MOST_REDIRECTS; led++) {
      at = response.headers.get("location")!;
      response = await this.#fetch(at, { headers });
    }
    const html = await response.text();
    const page = parse(html);
    if (!response.ok) return `${response.status}: ${wordsIn(mainIn(page))}`;
    return { address: at, html, elements: [...elementsIn(page)] };
  }

  async #fetch(path: string, { headers, ...request }: RequestInit = {}): Promise<Response> {
    const { url, signal } = this.#visited;
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const sent = { "sec-fetch-site": "same-origin", "accept-encoding": "identity", cookie, ...(headers as object) };
    const response = await fetch(url + path, { ...request, headers: sent, redirect: "manual", signal });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** A browser gives up, too. */
const MOST_REDIRECTS = 10;

interface Collecting {
  readonly collected: Collected;
  readonly stream: string;
}

/** @param from the page that it was pressed on */
function answered({ status, headers }: Response, html: string, from: string): AnsweredPress {
  const elements = [...elementsIn(parseFragment(html))];
  const reasons = elements.filter((element) => isReason(element));
  const fields = reasons.flatMap((reason) => {
    const id = attribute(reason, "id");
    const field = id && elements.find((field) => attribute(field, "aria-describedby")?.split(" ").includes(id));
    return field ? [[attribute(field, "name")!, wordsIn(reason)]] : [];
  });
  const refused = reasons.map(wordsIn).join(" ");
  return {
    taken: status < 400 && refused === "",
    status,
    refused,
    fields: Object.fromEntries(fields),
    address: headers.get("HX-Redirect") ?? headers.get("HX-Replace-Url") ?? from,
    html: formatted(html),
  };
}

/** Whether it says why a form was refused: in its place in the form, beside a field, or above the page. */
function isReason(element: HtmlElement): boolean {
  const parent = element.parentNode;
  const isBanner = parent !== null && "tagName" in parent && attribute(parent, "id") === REFUSED;
  return isBanner || attribute(element, "class") === "refused";
}
