import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { GzippedPage, type Slot } from "./gzipped-page.ts";
import { type CutHtml, cutAtMarks, type Filling } from "./page-marks.ts";
import type { PageOutline } from "./page-outline.ts";

/** A larger page is made anew each time: pages are kept for each address that a visitor asks for, and each name of this server. */
const MAX_KEPT_BYTES = 64 * 1024;
/** A larger one is compressed anew each time, on a thread of zlib's: here it would hold up all else. */
const MAX_GZIPPED_BYTES = 32 * 1024;

/** The bytes of a page, and where in them its parts are: these are written anew for each load. */
interface Made {
  readonly cut: CutHtml;
  readonly regions: Filling["regions"];
  /** What is in its slots. */
  readonly parts: Filling["parts"];
  readonly bytes: Buffer;
  readonly slots: readonly Slot[];
  /** The same in gzip, once it was asked for. */
  gzipped?: GzippedPage | undefined;
}

/** A whole page, whose regions are not filled yet. */
export interface EmptyPage {
  readonly outline: PageOutline;
  readonly cut: CutHtml;
  /** The data that it was made of, where that lasts. */
  readonly lasting: object | undefined;
  /** Whether its templates would make the same again of what they were given. */
  readonly isSame: boolean;
}

/**
 * One of the pages, as it was last. Where its templates would make the same again, they do not run; else what they make is
 * compared, to the letter. Each region is asked for. Where all comes out as before, so do the page's bytes, but for its parts.
 */
export class KeptPage {
  #empty: EmptyPage | undefined;
  #cut: CutHtml | undefined;
  #made: Made | undefined;

  /** As its templates have made it, where they would make the same again. */
  get empty(): EmptyPage | undefined {
    return this.#empty;
  }

  keep(empty: EmptyPage): void {
    this.#empty = isKept(empty.cut) ? empty : undefined;
  }

  /** @param html what its templates have made of it */
  cut(html: string): CutHtml {
    if (this.#cut?.html === html) return this.#cut;
    const cut = cutAtMarks(html);
    this.#cut = isKept(cut) ? cut : undefined;
    return cut;
  }

  /** @param cut what {@link cut} gave, however many others have been cut since */
  filled(cut: CutHtml, filling: Filling): Buffer {
    const made = this.#made;
    const isSame = made?.cut === cut && haveSameHtml(made.regions, filling.regions);
    return (isSame ? withParts(made, filling.parts) : undefined) ?? this.#make(cut, filling);
  }

  /** The same in gzip. */
  async gzipped(cut: CutHtml, filling: Filling): Promise<Buffer> {
    const page = this.filled(cut, filling);
    const made = this.#made;
    if (made === undefined || page.length > MAX_GZIPPED_BYTES) return promisify(gzip)(page);
    made.gzipped ??= GzippedPage.of(page, made.slots);
    return made.gzipped?.with(page, filling.parts) ?? promisify(gzip)(page);
  }

  #make(cut: CutHtml, { regions, parts }: Filling): Buffer {
    const { texts, marks } = cut;
    const pieces: Buffer[] = [];
    const slots: Slot[] = [];
    let at = 0;
    const add = (text: string): number => {
      const piece = Buffer.from(text);
      pieces.push(piece);
      at += piece.length;
      return piece.length;
    };
    let text = texts[0]!;
    for (const [i, { kind, index }] of marks.entries()) {
      if (kind === "region") text += regions[index]!.html;
      else {
        add(text);
        text = "";
        slots.push({ index, at, bytes: add(parts[index]!) });
      }
      text += texts[i + 1]!;
    }
    add(text);
    const bytes = Buffer.concat(pieces);
    // The parts of this load stay in what is kept, and are overwritten in each copy of it.
    this.#made = bytes.length > MAX_KEPT_BYTES ? undefined : { cut, regions, parts, bytes, slots };
    return bytes;
  }
}

const isKept = ({ html }: CutHtml) => html.length <= MAX_KEPT_BYTES;

function haveSameHtml(before: Filling["regions"], now: Filling["regions"]): boolean {
  return before.length === now.length && before.every((region, i) => region === now[i] || region.html === now[i]!.html);
}

/** A copy with other parts; undefined where one is longer or shorter than what it replaces. */
function withParts({ bytes, slots, parts: before }: Made, parts: Filling["parts"]): Buffer | undefined {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  for (const { index, at, bytes } of slots) {
    const part = parts[index]!;
    if (part === before[index]) continue;
    if (Buffer.byteLength(part) !== bytes) return undefined;
    copy.write(part, at);
  }
  return copy;
}
