import { readFileSync, statSync } from "node:fs";
import { FileWatch } from "../core/file-watch.ts";
import { didYouMean } from "../core/problem.ts";
import type { Report } from "../ops/logger.ts";
import { type ListedTopic, readTokens, TokensFileError } from "./read-tokens.ts";
import type { Token } from "./token.ts";

export interface TokensFileParts {
  readonly path: string;
  /** The names of all widgets, for a warning of topics that none shows. */
  readonly widgets: () => Iterable<string>;
  /** Tells the operator. */
  readonly report: Report;
}

/**
 * The tokens of a file, as it was when it was last in order. One that cannot be read changes nothing; one that is not there admits
 * nobody. The operator is told once.
 */
export class TokensFile {
  readonly #path: string;
  readonly #widgets: TokensFileParts["widgets"];
  readonly #report: Report;
  readonly #watch: FileWatch;
  #tokens: readonly Token[] = [];
  #problem: string | undefined;
  #warnings: readonly string[] = [];
  #isMissing = false;

  constructor({ path, widgets, report }: TokensFileParts) {
    this.#path = path;
    this.#widgets = widgets;
    this.#report = report;
    this.#watch = new FileWatch(path);
    this.#problem = this.#read();
    if (this.#isMissing) report(this.#problem);
  }

  get tokens(): readonly Token[] {
    return this.#tokens;
  }

  /** What is wrong with the file, and how to mend it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** Begins to look for changes. @returns a function that ends it */
  start(): () => void {
    return this.#watch.start(() => {
      const before = this.#problem;
      this.#problem = this.#read();
      if (this.#problem === undefined) this.#tellNames();
      else if (this.#problem !== before) this.#report(`${this.#problem}${this.#untilThen()}`);
    });
  }

  #untilThen(): string {
    if (this.#isMissing) return "";
    return this.#tokens.length === 0
      ? " Until then nobody is admitted by it."
      : " Until then the tokens that it had stay as they were.";
  }

  #tellNames(): void {
    const names = [...new Set(this.#tokens.map(({ name }) => name))].join(", ");
    this.#report(`TOKENS ${this.#path} was read again. Its tokens are ${names}.`, undefined, { level: "info" });
  }

  /** @returns what is wrong */
  #read(): string | undefined {
    const path = this.#path;
    this.#isMissing = false;
    try {
      const listed = readTokens(readFileSync(path, "utf8"));
      this.#tokens = listed.tokens;
      this.#warn([...this.#openness(), ...this.#unknownTopics(listed.topics)]);
      return undefined;
    } catch (error) {
      if (error instanceof TokensFileError) return `TOKENS ${path}, line ${error.line}: ${error.message}`;
      const { name, code = name } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        return `TOKENS ${path} cannot be read (${code}). Set it to a file that this process may read.`;
      }
      this.#isMissing = true;
      this.#tokens = [];
      return `TOKENS ${path} is missing, so that nobody is admitted by it. Write the file, or leave TOKENS out.`;
    }
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#warnings.includes(warning)) this.#report(warning);
    this.#warnings = warnings;
  }

  #openness(): string[] {
    const { mode } = statSync(this.#path);
    const may = [mode & 0o004 && "read", mode & 0o002 && "changed"].filter(Boolean).join(" and ");
    return may === ""
      ? []
      : [`TOKENS ${this.#path} can be ${may} by everybody on this machine. Set it to mode 600 or 640.`];
  }

  #unknownTopics(topics: readonly ListedTopic[]): string[] {
    const known = new Set(this.#widgets());
    return topics.flatMap(({ line, token, pattern }) => {
      const widget = pattern.split("/", 1)[0]!;
      if (widget === "*" || known.has(widget)) return [];
      const hint = didYouMean(widget, known);
      return [`TOKENS ${this.#path}, line ${line}: “${token}” is for a topic that no widget shows.${hint}`];
    });
  }
}
