import { posix } from "node:path";
import { Eta, type TemplateFunction } from "eta/core";
import { AuthorError } from "../../core/author-error.ts";
import { escaped, print } from "../../core/html.ts";
import { didYouMean, wholeMessage } from "../../core/problem.ts";
import { tagsOf } from "../files/template-parts.ts";
import { missing, type TemplateSource } from "../files/view-files.ts";

/** The variables that a template sees. A published value is one of them; its own keys never are. */
export type Scope = Readonly<Record<string, unknown>>;

/** Eta with our escaping, includes and errors. With `debug` it knows the line of an error, and is slower. */
export class Engine extends Eta {
  readonly #sources: ReadonlyMap<string, TemplateSource>;
  /** How often a template has run that may see more than it is given: a clock, chance, what is global. */
  looks = 0;
  readonly #looking: ReadonlySet<string>;

  constructor(sources: ReadonlyMap<string, TemplateSource>, names: readonly string[], debug: boolean) {
    super({
      debug,
      autoFilter: true,
      filterFunction: print,
      escapeFunction: escaped as (value: unknown) => string,
      functionHeader: `const {${names.join(", ")}} = it; {`,
    });
    // The template stands in a block of its own: a variable of its author's may be called as one that templates see, such as format.
    const compileToString = this.compileToString;
    this.compileToString = (template, options) => `${compileToString.call(this, template, options)}\n}`;
    this.#sources = sources;
    this.#looking = new Set([...sources.values()].filter(({ code }) => looksElsewhere(code)).map(({ name }) => name));
    // Eta's own `include` calls this with all variables of the including template, and those given to the include.
    this.render = (template, data, options) => {
      // Eta writes what is in `__blocks` unescaped, and an author may include with published data.
      const { __blocks: _, ...scope } = data as Scope & { __blocks?: unknown };
      return this.run(this.#resolve(String(template), options?.filepath ?? ""), scope);
    };
    this.RuntimeErr = (error, _text, line, file) => {
      if (error instanceof AuthorError) throw error;
      const source = this.#sources.get(file)!;
      const [, unknown] = /^(\S+) is not defined$/.exec(error.message) ?? [];
      const meant = unknown === undefined ? "" : `.${didYouMean(unknown, names)}`.replace(/\.$/, "");
      throw new AuthorError(wholeMessage(error) + meant, { ...source, line, cause: error });
    };
  }

  run(name: string, scope: Scope): string {
    if (this.#looking.has(name)) this.looks++;
    return this.#template(name).call(this, scope, { filepath: name });
  }

  #template(name: string): TemplateFunction {
    const known = this.templatesSync.get(name);
    if (known) return known;
    const source = this.#sources.get(name);
    if (source === undefined) throw new Error(`there is no ${missing(name, this.#sources.keys())}`);
    const compiled = this.compile(source.code);
    this.templatesSync.define(name, compiled);
    return compiled;
  }

  /** `./item` is beside the including template; `widgets/item` and `/widgets/item` are under `views`. */
  #resolve(path: string, from: string): string {
    const base = path.startsWith(".") ? posix.dirname(from) : "";
    return posix.join(base, path.replace(/^\//, "")).replace(/\.eta$/, "");
  }
}

/** By which code may come to what differs from one time to the next. Also where a text has such a word: then it is run once too often. */
const ELSEWHERE =
  /\b(?:Date|Intl|Temporal|Math(?!\.(?!random\b)\w)|crypto|performance|process|global|globalThis|this|constructor|Function|eval|import|fetch|URL|File|Blob|\w*Event|navigator|structuredClone|set(?:Timeout|Interval|Immediate)|queueMicrotask|WeakRef|WebAssembly)\b/;

const looksElsewhere = (code: string): boolean => tagsOf(code).some((tag) => ELSEWHERE.test(tag.code));
