/** So many are remembered, of at most so many characters each: what comes again and again is little, and strangers make up the rest. */
const MOST = 100;
const MOST_CHARACTERS = 1_024;

/** What is found out of a text by nothing but that text: for those that come with each request, and are mostly the same. */
export class Remembered<Found> {
  readonly #find: (text: string) => Found;
  readonly #known = new Map<string, Found>();

  /** @param find what it throws is not remembered */
  constructor(find: (text: string) => Found) {
    this.#find = find;
  }

  of(text: string): Found {
    const known = this.#known.get(text);
    if (known !== undefined || this.#known.has(text)) return known as Found;
    const found = this.#find(text);
    if (text.length > MOST_CHARACTERS) return found;
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(text, found);
    return found;
  }
}
