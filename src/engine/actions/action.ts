import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ValueOf } from "../core/typed-topics.ts";
import type { PageChange } from "./page-change.ts";

/** What a form sends without a schema: by name, the first of each. */
export type FormFields = Readonly<Record<string, string | undefined>>;

/**
 * What a schema is given: by name, a text, or a list of them where the name came more than once. Checkboxes that are not
 * checked are not sent. Names that begin with `_` are the engine's own, and are left out.
 */
export type SentFields = Readonly<Record<string, string | readonly string[]>>;

/** The values of a topic. Where no schema says what they are, its author knows. */
// biome-ignore lint/suspicious/noExplicitAny: for its author to say
export type Held<Topic extends string> = ValueOf<Topic, any>;

/** Makes the next value of what is held now, which is undefined where there is none; undefined leaves all as it is. */
export type Next<Value> = (value: Value | undefined) => Value | undefined | Promise<Value | undefined>;

export interface ActionContext<Fields = FormFields> {
  /** What was sent, as the schema reads it. */
  readonly fields: Fields;
  /** Gives a topic a new value; `item` names the item of a list, to be replaced or removed. */
  publish<Topic extends string>(topic: Topic, data: ValueOf<Topic>, options?: { item?: string }): Promise<void>;
  /**
   * Reads what a topic, or an item of a list, holds, and publishes what `next` makes of it where it is still held; else `next`
   * is called again with what is held by then: no change of another visitor's is lost, on however many nodes.
   */
  update<Topic extends string>(topic: Topic, next: Next<Held<Topic>>): Promise<void>;
  update<Topic extends string>(topic: Topic, item: string, next: Next<Held<Topic>>): Promise<void>;
  /** Takes an item of a list away. */
  remove(topic: string, item: string): Promise<void>;
  /** Empties a topic. */
  clear(topic: string): Promise<void>;
  /** The newest value of a topic, if it has one, for nobody to change. */
  latest<Topic extends string>(topic: Topic): Promise<Held<Topic> | undefined>;
  /** This visitor's id, which nobody else can guess, as `visitor()` in templates gives it; by another name, another id. */
  visitor(name?: string): string;
  /** Who sent it, as `src/authorize.ts` has it; undefined for nobody. */
  // biome-ignore lint/suspicious/noExplicitAny: its author knows what that returns
  readonly user: any;
  /**
   * Has the visitor's browser keep a text, for `request.cookie(name)` in `src/authorize.ts` alone, and for a day, if `days` does not
   * say otherwise; with undefined it forgets it. The page, which may show who that is, is then loaded anew. Nothing is set where
   * the action throws.
   */
  setCookie(name: string, value: string | undefined, options?: { days?: number }): void;
  /** The visitor's network address. */
  readonly address: string;
  /** The page that the form stands on. */
  readonly page: ActionPage;
}

export interface ActionPage {
  /** Its path and query: `/random?running=true`. */
  readonly address: string;
  /** What its front matter's `query` makes of its address. */
  readonly query: Readonly<Record<string, string | number | boolean>>;
  /** What the parameters of its path are: `{ room: "kitchen" }` on `/rooms/kitchen`, of `rooms/[room].eta`. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** To be returned: leads to another page of this server, or shows this one at another query. */
  go(address: string): PageChange;
  /** To be returned, of a page to log in at: leads to where its visitor came from; to the first page, if that is not known. */
  back(): PageChange;
  /** To be returned: a region that the page shows by `still()` is live from now on. */
  join(topic: string, params?: Readonly<Record<string, unknown>>): PageChange;
}

/** Does what a form is for. What it returns is of no account, unless `page` has made it. */
export type Run<Fields = FormFields> = (context: ActionContext<Fields>) => unknown;

/** What a form of a visitor's does: the default export of a file in `src/actions`. */
export interface Action {
  readonly fields: StandardSchemaV1 | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what the schema makes of the fields is between it and the function
  readonly run: Run<any>;
}

/** One whose fields are checked before it runs, by a schema of any library that knows Standard Schema: zod, valibot, arktype. */
export interface CheckedAction<Schema extends StandardSchemaV1> {
  readonly fields: Schema;
  readonly run: Run<StandardSchemaV1.InferOutput<Schema>>;
}

export function action(run: Run): Action;
export function action<Schema extends StandardSchemaV1>(checked: CheckedAction<Schema>): Action;
export function action(given: Run | CheckedAction<StandardSchemaV1>): Action {
  if (typeof given === "function") return { fields: undefined, run: given };
  const { fields, run, ...unknown } = given;
  // Nobody checks the types of what is tried out: fields that no schema checks would be taken as they come.
  if (typeof run !== "function" || fields?.["~standard"] === undefined || Object.keys(unknown).length > 0) {
    throw new TypeError(
      "Write action({ fields, run }): a schema, such as z.object({ name: z.string() }), and a function.",
    );
  }
  return { fields, run };
}
