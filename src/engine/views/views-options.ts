import type { Wordings } from "../words/words.ts";
import type { ValueSchema } from "./files/value-schema.ts";
import type { ActionNames } from "./forms/action-forms.ts";

/** Where a file under `public`, or one of htmx's, is served: with another content at another address. */
export type AssetUrl = (path: string) => string;

export interface ViewsOptions {
  /** Whether whoever sees a page or an answer is their author, who is to read what is wrong. Not by default. */
  readonly development?: boolean;
  /** Pages that are not there, although their templates are: those of features that are switched off. */
  readonly absent?: readonly string[];
  /** Pages besides those in the folder: the text of each template, by its name. */
  readonly pages?: ReadonlyMap<string, string> | undefined;
  /** What stands in the place of templates that cannot be used, by their names. */
  readonly instead?: ReadonlyMap<string, string> | undefined;
  /** Pages that features show at addresses of their own, by name: templates are told that they are there. */
  readonly elsewhere?: readonly string[];
  /** The actions that forms may be of; not checked by default. */
  readonly actions?: ActionNames;
  /** What features say of themselves, in English: their templates say it by `words`, in the site's language. None by default. */
  readonly words?: Wordings;
  /** Whether a card that is empty says what fills it. Not by default. */
  readonly hints?: boolean;
  /** What the schemas beside widgets say of their values, by the widgets' names. None by default. */
  readonly schemas?: ReadonlyMap<string, ValueSchema>;
  /** The path below which its pages ask for streams and send forms, such as `/inspector`; "" by default. */
  readonly base?: string;
  /** The origins besides this server's of which pictures and media are shown; none by default. */
  readonly mediaOrigins?: readonly string[];
  /** What keeps newer templates than these from being used, or "", for every page to show. By default none does. */
  readonly mistake?: (() => string) | undefined;
}
