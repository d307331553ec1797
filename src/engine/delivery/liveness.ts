import { ASK_EVENT, encodeEvent } from "../core/event.ts";
import { secretSegment, type Topic } from "../core/topic.ts";
import type { Group } from "./group.ts";
import { Slots } from "./slots.ts";
import type { Subscriber } from "./subscriber.ts";

/** The same for all pages. */
const ASK = encodeEvent({ event: ASK_EVENT, data: "" });
/** How many parts an interval has, over which the pages, and so their answers, are spread. */
const TICKS = 15;

/** How it stands with one page, in ticks. */
interface Question {
  /** In which part of each interval it is asked. */
  readonly slot: number;
  /** Since when it owes an answer. */
  asked: number | undefined;
  /** Where its socket was too full to ask: how often it had drained by then. */
  drains: number | undefined;
}

/**
 * Finds out which pages are still there. A laptop that slept or a phone out of reach closes no connection, and a proxy in
 * between may go on to take whatever is sent: so pages are asked by an event of their stream, and answer by a small request.
 * Who has not answered when the next question is due is ended; a page that is there after all opens its stream again by itself.
 * Only those are asked that show a topic whose readers somebody counts.
 *
 * Time is counted in ticks of one timer: where the process stood still, so did its time, and no answer that waits in a socket
 * is too late.
 */
export class Liveness {
  readonly #node: string;
  readonly #tickMs: number;
  #pages = new Map<string, Subscriber>();
  #questions = new WeakMap<Subscriber, Question>();
  readonly #spread = new Slots(TICKS);
  /** Pages without a stream that have asked for news lately: what ends each. */
  #streamless = new Map<string, () => void>();
  #topics: ReadonlySet<Topic> = new Set();
  #now = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param node this node's name, with which the ids of its pages begin, so that others know where to pass an answer on to
   * @param askMs between two questions to a page, and how long it has to answer
   */
  constructor(node: string, askMs: number) {
    this.#node = node;
    this.#tickMs = askMs / TICKS;
  }

  /** An id for a page's stream, by which it answers. Nobody else can guess it, and it is good for nothing else. */
  newId(): string {
    return `${this.#node}.${secretSegment()}`;
  }

  add(id: string, page: Subscriber): void {
    this.#pages.set(id, page);
  }

  delete(id: string): void {
    this.#pages.delete(id);
  }

  /** From now on pages are asked that show one of these topics. */
  askThoseWith(topics: ReadonlySet<Topic>): void {
    this.#topics = topics;
    if (topics.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#questions = new WeakMap();
    } else this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref();
  }

  /** A page has answered. An id that is unknown has been closed meanwhile, or was made up. */
  answered(id: string): void {
    const page = this.#pages.get(id);
    const question = page && this.#questions.get(page);
    if (question !== undefined) question.asked = undefined;
  }

  /**
   * A page has asked for news that has no stream: it is there for `ms` more.
   * @param id that of the last time, as it came
   * @param onGone called once, when it has not asked again, has asked again, or has left
   * @returns its id from now on
   */
  asked(id: string, ms: number, onGone: () => void): string {
    const before = this.#streamless.get(id);
    const now = before === undefined ? this.newId() : id;
    const end = () => {
      clearTimeout(timer);
      if (this.#streamless.get(now) === end) this.#streamless.delete(now);
      onGone();
    };
    const timer = setTimeout(end, ms).unref();
    this.#streamless.set(now, end);
    before?.();
    return now;
  }

  /** A page has another stream now, or asks on another node. */
  left(id: string): void {
    this.#pages.get(id)?.end();
    this.#streamless.get(id)?.();
  }

  stop(): void {
    this.askThoseWith(new Set());
  }

  #tick(): void {
    this.#now++;
    const due = new Map<Group, Subscriber[]>();
    for (const page of this.#pages.values()) {
      if (!page.group.topics.some((topic) => this.#topics.has(topic)) || !this.#isDue(page)) continue;
      const others = due.get(page.group);
      if (others === undefined) due.set(page.group, [page]);
      else others.push(page);
    }
    for (const [group, pages] of due) group.tell(pages, () => ASK);
  }

  /** Whether a page is asked now. One that owes an answer for too long is ended. */
  #isDue(page: Subscriber): boolean {
    const question = this.#questionTo(page);
    // A socket that was too full takes bytes again: so its page can be asked now.
    const hasDrained = question.drains !== undefined && question.drains !== page.drains;
    if (hasDrained) question.asked = undefined;
    if (question.asked !== undefined && this.#now - question.asked >= TICKS) page.end();
    else if (hasDrained || this.#now % TICKS === question.slot) {
      // One that owes an answer is asked again with its group, which is sent the same then.
      question.asked ??= this.#now;
      question.drains = page.group.caughtUp.has(page) ? undefined : page.drains;
      return question.drains === undefined;
    }
    return false;
  }

  #questionTo(page: Subscriber): Question {
    const known = this.#questions.get(page);
    if (known !== undefined) return known;
    const question = { slot: this.#spread.slotFor(page.group), asked: undefined, drains: undefined };
    this.#questions.set(page, question);
    return question;
  }
}
