import { escaped } from "../../core/html.ts";
import { checkOptions } from "../../core/option-names.ts";
import { wholeMessage } from "../../core/problem.ts";
import type { Region } from "../../core/region.ts";
import { isPrivate, type Topic, widgetOf } from "../../core/topic.ts";
import type { Words } from "../../words/words.ts";
import type { BoardRows, CardOptions, CardPlace } from "../files/board.ts";
import { type ActionForms, SAMPLE_ACTION } from "../forms/action-forms.ts";
import { around } from "../templates/root.ts";

/** A widget, as its card shows it. */
interface CardWidget {
  readonly title: string;
  readonly kind: "state" | "log";
  readonly element: string;
  readonly access: "public" | "page";
  readonly command: string | undefined;
  readonly samples: readonly unknown[];
}

/** What the cards of all pages have in common. */
export interface CardSite {
  readonly widget: (topic: Topic) => CardWidget;
  readonly refusal: () => string;
  readonly words: Words;
  /** Whether it is said what fills a card that is empty. */
  readonly hints: boolean;
  /** Whether anybody may publish a sample. */
  readonly samples: boolean;
}

/** What the cards of one load of a page are made with. */
export interface CardParts {
  readonly site: CardSite;
  /** Puts a region into the page. @returns the mark for it */
  readonly live: (topic: unknown, params?: Record<string, unknown>) => { html: string; region: Region };
  readonly forms: Pick<ActionForms, "action" | "_fields">;
  /** The page's own name, and those of all others: what a card leads to. */
  readonly page: string;
  readonly pages: readonly string[];
  readonly rows: BoardRows | undefined;
  /** A mistake in the board's card of this topic. */
  readonly mistake: (topic: string, message: string) => Error;
}

/** The cards of one load of a page. */
export class Cards {
  readonly #parts: CardParts;
  #isPlaced = false;

  constructor(parts: CardParts) {
    this.#parts = parts;
  }

  /** `card()` as templates see it. */
  readonly card = (topic: unknown, options: CardOptions = {}): string => {
    checkOptions("card", options, ["params", "title", "link"]);
    const { params, title, link } = options;
    const { html, region } = this.#parts.live(topic, params);
    const widget = this.#parts.site.widget(region.topic);
    const id = `_card-${region.id}`;
    const leads = link ?? this.#linkOf(region.topic);
    const named = escaped(title ?? widget.title);
    const heading = leads === "" ? named : `<a href="${escaped(leads)}">${named}</a>`;
    const inside = around(widget.element, html);
    const shown =
      widget.kind === "log"
        ? `<div class="newest" role="log" aria-labelledby="${id}" tabindex="0">\n${inside}\n</div>`
        : inside;
    return `<section class="card">\n<h2 id="${id}">${heading}</h2>\n${shown}\n${this.#hint(region.topic, widget)}</section>`;
  };

  /** `board()` as templates see it: the cards of the front matter, in the place where this is called. */
  readonly board = (): string => {
    const { rows } = this.#parts;
    if (rows === undefined)
      throw new Error("board(): the page’s front matter has no “board”, such as [[vitals, price], [feed]]");
    if (this.#isPlaced) throw new Error("board(): the page’s board is on it already");
    this.#isPlaced = true;
    const row = (cards: readonly CardPlace[]) =>
      `<div class="row">\n${cards.map((card) => this.#boardCard(card)).join("\n")}\n</div>`;
    return `<div class="board">\n${rows.map(row).join("\n")}\n</div>`;
  };

  /** What the page’s template has made, with the board below it where the template has not placed it. */
  below(body: string, { title, description }: { title: string; description: string }): string {
    if (this.#parts.rows === undefined || this.#isPlaced) return body;
    const lead = description === "" ? "" : `\n<p class="lead">${escaped(description)}</p>`;
    return `${body === "" ? `<h1>${escaped(title)}</h1>${lead}` : body}\n\n${this.board()}`;
  }

  #boardCard({ topic, ...options }: CardPlace): string {
    try {
      return this.card(topic, options);
    } catch (error) {
      throw this.#parts.mistake(topic, wholeMessage(error));
    }
  }

  #linkOf(topic: Topic): string {
    const { page, pages } = this.#parts;
    if (pages.includes(topic) && topic !== page) return `/${topic}`;
    return `/widgets/${widgetOf(topic)}`;
  }

  #hint(topic: Topic, { access, command, samples }: CardWidget): string {
    const { site, forms } = this.#parts;
    if (!site.hints || access === "page" || isPrivate(topic)) return "";
    const { words } = site;
    const fills =
      command === undefined
        ? words.html("hint_topic", { topic: `<code>${topic}</code>` }, `href="/widgets/${widgetOf(topic)}#_use"`)
        : words.html("hint_command", { command: `<code>${escaped(command)}</code>` });
    const form = site.samples && samples.length > 0 ? sampleForm(topic, forms, site) : "";
    return `<div class="hint"><span>${fills}</span>${form}</div>\n`;
  }
}

/** The button that publishes a topic's first sample. */
function sampleForm(topic: Topic, forms: CardParts["forms"], { refusal, words }: CardSite): string {
  const attributes = forms.action(SAMPLE_ACTION);
  const field = `<input type="hidden" name="topic" value="${topic}">`;
  return `<form ${attributes}>${refusal()}${field}<button class="plain small">${words.html("hint_sample")}</button>${forms._fields()}</form>`;
}
