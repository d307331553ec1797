import { LIMITS } from "../core/limits.ts";
import type { Topic } from "../core/topic.ts";
import { within } from "../core/wait.ts";
import type { Authorize, AuthorizeRequest } from "./authorize.ts";

/** Nobody in particular: what such a one may read, everybody may. */
const NOBODY: AuthorizeRequest = {
  method: "GET",
  url: "/",
  address: "",
  cookie: () => undefined,
  header: () => undefined,
};

/** For how long an answer counts, and after what time it is asked for again, so that it is there when the old one ends. */
const GOOD_MS = 60_000;
const FRESH_MS = 30_000;
/** Of more topics than these the answers that are oldest are forgotten. */
const MAX_KNOWN = 1_000;
const MAX_AT_ONCE = 8;

/**
 * Which topics the author's hook lets everybody read. It answers at once, for those that look at very many: a topic of which the
 * hook has not said so yet, or not lately, is none.
 */
export class PublicTopics {
  readonly #hook: Authorize | undefined;
  readonly #known = new Map<Topic, { readonly isPublic: boolean; readonly at: number }>();
  readonly #asked = new Set<Topic>();

  /** @param hook undefined: everybody may read everything */
  constructor(hook: Authorize | undefined) {
    this.#hook = hook;
  }

  has(topic: Topic): boolean {
    if (this.#hook === undefined) return true;
    const known = this.#known.get(topic);
    const age = performance.now() - (known?.at ?? Number.NEGATIVE_INFINITY);
    if (age > FRESH_MS && this.#asked.size < MAX_AT_ONCE) void this.#ask(this.#hook, topic);
    return age < GOOD_MS && known!.isPublic;
  }

  async #ask({ decide }: Authorize, topic: Topic): Promise<void> {
    if (this.#asked.has(topic)) return;
    this.#asked.add(topic);
    const may = async () => decide({ request: NOBODY, topic });
    // What it throws is a denial, or its author's mistake, of which the operator is told where somebody asks.
    const answer = may().then(
      (user) => user === undefined || user === null || typeof user === "object",
      () => false,
    );
    const late = () => new Error("whoever asks for it is told");
    const isPublic = await within(LIMITS.authorizeMs, answer, late).catch(() => false);
    this.#asked.delete(topic);
    this.#known.delete(topic); // and put at the end
    this.#known.set(topic, { isPublic, at: performance.now() });
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
  }
}
