import type { StandardSchemaV1 } from "@standard-schema/spec";
import { authorFiles } from "../../core/author-files.ts";
import { wellFormed } from "../../core/html.ts";
import type { JsonText } from "../../core/json.ts";
import { pointerTo } from "../../core/json-pointer.ts";
import { didYouMean, type Misfit, Problem } from "../../core/problem.ts";

/** So many places of one value are told: it may have thousands. */
const MAX_MISFITS = 10;
/** So much is told of each, in UTF-16 code units: both may repeat what was published. */
const MAX_POINTER_CHARACTERS = 200;
const MAX_DETAIL_CHARACTERS = 300;

const AFTERWARDS =
  "The schema gives its answer later, and values are taken one after the other: leave out what waits, such as an async refinement.";

/** The schema of a library's that stands beside a widget: `price.schema.ts`. It checks, and changes nothing. */
export class ValueSchema {
  readonly standard: StandardSchemaV1["~standard"];
  readonly #zod: Zod["_zod"];
  readonly #widget: string;
  readonly #development: boolean;

  /** @param development whether whoever publishes is the author, who is told what a schema throws */
  constructor(schema: StandardSchemaV1 & Zod, widget: string, development = false) {
    this.standard = schema["~standard"];
    this.#zod = schema._zod;
    this.#widget = widget;
    this.#development = development;
  }

  /** @throws Problem 422 `value_invalid` with what does not fit, 422 `schema_failed` where the schema cannot say */
  check(json: JsonText): void {
    let misfits: readonly Misfit[];
    try {
      misfits = this.misfits(json);
    } catch (cause) {
      const where = this.#development ? "" : " The server's log says why.";
      const detail = this.#development ? reasonOf(cause) : undefined;
      throw new Problem(422, "schema_failed", `The schema of “${this.#widget}” cannot check this value.${where}`, {
        detail,
        cause,
      });
    }
    if (misfits.length === 0) return;
    throw new Problem(422, "value_invalid", `The value does not fit the schema of “${this.#widget}”.`, {
      detail: misfits.map(sentence).join(" "),
      errors: misfits,
    });
  }

  /** What does not fit; nothing where all does. @throws what the schema throws */
  misfits(json: JsonText): readonly Misfit[] {
    const { issues } = this.result(json);
    return (issues ?? []).slice(0, MAX_MISFITS).map(({ message, path = [] }) => ({
      pointer: cut(pointerTo(path.map((part) => (typeof part === "object" ? part.key : part))), MAX_POINTER_CHARACTERS),
      detail: cut(message, MAX_DETAIL_CHARACTERS),
    }));
  }

  /** @throws what the schema throws; Error where it gives its answer later */
  result(json: JsonText): StandardSchemaV1.Result<unknown> {
    // Parsed anew: a schema that changes what it is given would else change, or fail on, what all share.
    const read = () => JSON.parse(json.text);
    // Zod lets go of the promises that it meets where all is to answer at once: one of them that rejects would end the process.
    const tried = this.#zod?.run({ value: read(), issues: [] }, { async: true });
    if (tried !== undefined && !isLater(tried) && tried.issues.length === 0) return { value: tried.value };
    const result = isLater(tried) ? tried : this.standard.validate(read());
    if (!isLater(result)) return result;
    result.then(undefined, () => {}); // nobody waits for it
    throw new AnswersLater(AFTERWARDS);
  }

  /** @throws Error where these values show that it gives its answers later; which, cannot be seen of the schema itself */
  checkAnswersAtOnce(values: readonly JsonText[]): void {
    for (const json of values) {
      try {
        this.result(json);
      } catch (error) {
        if (error instanceof AnswersLater) throw new Error(`views/widgets/${this.#widget}.schema.ts: ${error.message}`);
      }
    }
  }
}

class AnswersLater extends TypeError {}

/** What zod has for libraries: it awaits what answers later, and tells what does not fit not yet in words. */
interface Zod {
  readonly _zod?: { run(payload: Payload, how: { async: boolean }): Payload | Promise<Payload> };
}

interface Payload {
  readonly value: unknown;
  readonly issues: readonly unknown[];
}

/** Of whichever library, which may have promises of its own. */
const isLater = (result: unknown): result is PromiseLike<unknown> =>
  typeof (result as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";

/** `/price: Invalid input: expected number, received string.` Others follow it. */
export function sentence({ pointer, detail }: Misfit): string {
  const ended = /[.!?…]$/.test(detail) ? detail : `${detail}.`;
  return pointer === "" ? ended : `${pointer}: ${ended}`;
}

const cut = (text: string, most: number) => (text.length > most ? `${wellFormed(text.slice(0, most))}…` : text);

const reasonOf = (error: unknown) => (error instanceof AnswersLater ? error.message : String(error));

/** Of `price.schema.ts`, beside `price.eta`. */
export const SCHEMA_FILE = /\.schema\.[jt]s$/;

/**
 * Imports every schema in a folder of widgets, by the widget's name.
 * @throws AuthorError, with the fix
 */
export async function loadSchemas(dir: URL, development = false): Promise<Map<string, ValueSchema>> {
  const loaded = await authorFiles(dir, "views/widgets", async (name, load) => {
    if (!name.endsWith(".schema")) return undefined;
    if (name.includes("/")) throw new Error("A schema stands beside its template, in views/widgets itself.");
    const widget = name.slice(0, -".schema".length);
    const exported = await load();
    if (!isSchema(exported)) {
      throw new TypeError("it exports no schema. Write: export default z.object({ price: z.number() });");
    }
    const schema = new ValueSchema(exported, widget, development);
    return [widget, schema] as const;
  });
  return new Map(loaded.values());
}

/** @throws Error for a schema without a template: it would check nothing */
export function checkTemplates(schemas: Iterable<string>, widgets: ReadonlyMap<string, unknown>): void {
  for (const name of schemas) {
    if (widgets.has(name)) continue;
    throw new Error(
      `views/widgets/${name}.schema.ts: it has no template beside it.${didYouMean(name, widgets.keys()) || ` Write ${name}.eta.`}`,
    );
  }
}

/** Of whichever library: of some, a schema is a function. */
function isSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const { validate } = (value as Partial<StandardSchemaV1>)["~standard"] ?? {};
  return typeof validate === "function";
}
