import type { HeardText } from "./model.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

/** Separates thinking from answering, for models that write `<think>…</think>` at the beginning of their answer. */
export class ThinkTag {
  #state: "before" | "within" | "between" | "after" = "before";
  /** Text that may be the beginning of a tag, and waits for what follows. */
  #held = "";

  /** Adds text. @returns what can be told apart by now */
  add(text: string): HeardText[] {
    this.#held += text;
    const heard: HeardText[] = [];
    if (this.#state === "before") {
      const head = this.#held.trimStart();
      if (head.length < OPEN.length && OPEN.startsWith(head)) return [];
      const tagged = head.startsWith(OPEN);
      if (tagged) this.#held = head.slice(OPEN.length);
      this.#state = tagged ? "within" : "after";
    }
    if (this.#state === "within") {
      const end = this.#held.indexOf(CLOSE);
      const certain = end < 0 ? this.#held.length - halfOf(CLOSE, this.#held) : end;
      heard.push({ kind: "thinking", text: this.#held.slice(0, certain) });
      this.#held = this.#held.slice(certain);
      if (end < 0) return heard.filter(({ text }) => text !== "");
      this.#held = this.#held.slice(CLOSE.length);
      this.#state = "between";
    }
    if (this.#state === "between") {
      this.#held = this.#held.trimStart();
      if (this.#held !== "") this.#state = "after";
    }
    heard.push({ kind: "text", text: this.#held });
    this.#held = "";
    return heard.filter(({ text }) => text !== "");
  }

  /** To be called when nothing more comes. @returns what was held back, which is no tag then */
  end(): HeardText[] {
    const text = this.#held;
    this.#held = "";
    return text.trim() === "" ? [] : [{ kind: this.#state === "within" ? "thinking" : "text", text }];
  }
}

/** How many characters at a text's end are the beginning of a tag. */
function halfOf(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
