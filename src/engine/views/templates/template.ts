import { Script } from "node:vm";
import { EtaParseError } from "eta/core";
import { AuthorError } from "../../core/author-error.ts";
import { Problem } from "../../core/problem.ts";
import { type TemplatePart, tagsOf, templateParts } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import { Engine, type Scope } from "./engine.ts";
import { unbalanced } from "./unbalanced.ts";

/** Templates that have the same variables, and may include each other. */
export class Templates {
  readonly #fast: Engine;
  /** Knows the line of an error, and is slower: used only when something went wrong. */
  readonly #exact: Engine;
  readonly #sources: ReadonlyMap<string, TemplateSource>;

  /** @throws AuthorError for the first template with a syntax error */
  constructor(sources: ReadonlyMap<string, TemplateSource>, names: readonly string[]) {
    this.#sources = sources;
    this.#fast = new Engine(sources, names, false);
    this.#exact = new Engine(sources, names, true);
    for (const source of sources.values()) this.#compile(source);
  }

  /**
   * Runs a template.
   * @param again gives the variables for running it once more to find the line of its error, where `scope` cannot be used twice
   * @throws AuthorError with the line on which it failed; the {@link Problem} that a helper threw
   */
  render(name: string, scope: Scope, again: () => Scope = () => scope): string {
    try {
      return this.#fast.run(name, scope);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw this.#located(name, again(), error);
    }
  }

  /** Runs a template to find its mistakes. @throws AuthorError with the line, also where a helper threw */
  check(name: string, scope: Scope): string {
    return this.#exact.run(name, scope);
  }

  /** How often one has run that may see more than its variables, and so may make something else the next time. */
  get looks(): number {
    return this.#fast.looks;
  }

  parts(name: string): TemplatePart[] {
    return templateParts(this.#sources.get(name)!.code);
  }

  #compile(source: TemplateSource): void {
    try {
      this.#fast.templatesSync.define(source.name, this.#fast.compile(source.code));
    } catch (error) {
      const { line, message } = this.#where(source, error);
      throw new AuthorError(message, { ...source, line, cause: error });
    }
  }

  #located(name: string, scope: Scope, error: unknown): unknown {
    try {
      this.#exact.run(name, scope);
      return error;
    } catch (exact) {
      return exact;
    }
  }

  #where({ name, code }: TemplateSource, error: unknown): { line: number; message: string } {
    const parse = /^(.*) at line (\d+) col \d+/.exec(error instanceof Error ? error.message : "");
    if (error instanceof EtaParseError && parse) return { line: Number(parse[2]), message: parse[1]! };
    // JavaScript gives the line in the compiled function, in which Eta's line marks lead back to the template.
    const compiled = this.#exact.compileToString(code);
    try {
      new Script(`(function (it, options) {\n${compiled}\n})`, { filename: "template", lineOffset: -1 });
    } catch (syntax) {
      const { stack = "", message } = syntax as Error;
      const lines = compiled.split("\n");
      const at = Number(/^template:(\d+)/.exec(stack)?.[1] ?? 1);
      // An error in what Eta puts after the template's code: something in the template is not closed.
      if (at >= lines.length || /^(?:Missing catch|Unexpected token 'catch')/.test(message))
        return unbalanced(tagsOf(code)) ?? { line: lastLine(code), message: UNBALANCED };
      const before = lines.slice(0, at);
      const marks = before.flatMap((line, i) => (/^__eta\.line=\d+$/.test(line) ? [i] : []));
      const tag = this.parts(name).filter((part) => typeof part !== "string")[marks.length - 1];
      const line = (tag?.line ?? 1) + Math.max(0, before.length - (marks.at(-1) ?? 0) - 2);
      return { line: Math.min(line, lastLine(code)), message };
    }
    return { line: 1, message: String(error) };
  }
}

const UNBALANCED = "a “{” or “(” is opened and never closed, or closed twice";

function lastLine(code: string): number {
  return code.trimEnd().split("\n").length;
}
