import type { AuthorError } from "../core/author-error.ts";
import { type CodeFile, codeError } from "../core/code-error.ts";
import { Problem, wholeMessage } from "../core/problem.ts";
import { publicName, type Topic, widgetOf } from "../core/topic.ts";
import type { ReportSentence } from "../ops/logger.ts";
import { isLost } from "./with-lease.ts";

export interface TellingParts {
  /** What the source was read from, if that is a file. */
  readonly file?: CodeFile | undefined;
  readonly topic: Topic;
  readonly report: ReportSentence;
  /** Whether pages show what its author has to mend. */
  readonly development?: boolean | undefined;
}

/** Whether the broker refuses a value, and not the log any. */
export function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && error.status < 500 && error.status !== 429 && !isLost(error);
}

/** What is told of a source that runs for one topic: in the log, and to its author. */
export class Telling {
  readonly #file: CodeFile | undefined;
  readonly #topic: Topic;
  readonly #report: ReportSentence;
  readonly #development: boolean;

  constructor({ file, topic, report, development = false }: TellingParts) {
    this.#file = file;
    this.#topic = topic;
    this.#report = report;
    this.#development = development;
  }

  /** That it failed, with file and line where these are known. */
  failed(error: unknown): void {
    const mistake = this.#mistakeOf(error);
    const what = " failed and will be started again";
    if (mistake === undefined) this.tell(what, error);
    else {
      // As text: an error with a short text is told once an hour, and a source that fails anew is news.
      const about = { source: widgetOf(this.#topic), level: "error" } as const;
      this.#report(`source ${publicName(this.#topic)}${what}: ${mistake.brief}`, undefined, about);
    }
  }

  /** @param what ends a sentence that begins with the source's name */
  tell(what: string, error: unknown): void {
    const from = this.#file === undefined ? "" : ` (${this.#file.name})`;
    this.#report(`source ${publicName(this.#topic)}${from}${what}`, error, { source: widgetOf(this.#topic) });
  }

  /** What its author, who looks at its page, has to mend: a line. Undefined where others look, and where nothing is known of it. */
  toMend(error: unknown): string | undefined {
    if (!this.#development) return undefined;
    const why = isRefusal(error) ? this.#refusal(error) : this.#mistakeOf(error)?.brief;
    return why?.split("\n", 1)[0];
  }

  #refusal(error: Problem): string {
    const by = this.#file?.name ?? `source ${publicName(this.#topic)}`;
    return `${by}: a value was refused: ${wholeMessage(error)}`;
  }

  /** What its code threw; undefined for what the log refused, and where no file is known. */
  #mistakeOf(error: unknown): AuthorError | undefined {
    if (this.#file === undefined || error instanceof Problem) return undefined;
    return codeError(error, this.#file.path, this.#file.folder);
  }
}
