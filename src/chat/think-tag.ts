import type { Heard } from "./model.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

/** Some models write what they think into their answer, at its head: `<think>…</think>`. Takes the two apart as they come. */
export class ThinkTag {
  #state: "before" | "within" | "between" | "after" = "before";
  /** What may be the beginning of a tag. */
  #held = "";

  /** @returns what is certain by now */
  add(text: string): Heard[] {
    this.#held += text;
    const heard: Heard[] = [];
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

  /** Nothing more comes: what was held back is no tag. */
  end(): Heard[] {
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
