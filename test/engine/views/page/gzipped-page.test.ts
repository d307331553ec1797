import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GzippedPage, type Slot } from "../../../../src/engine/views/page/gzipped-page.ts";

/** Texts with a slot between each two of them. */
function pageOf(texts: readonly string[], parts: readonly string[]): { page: Buffer; slots: Slot[] } {
  const slots: Slot[] = [];
  let page = Buffer.from(texts[0]!);
  for (const [index, part] of parts.entries()) {
    slots.push({ index, at: page.length, bytes: Buffer.byteLength(part) });
    page = Buffer.concat([page, Buffer.from(part + texts[index + 1]!)]);
  }
  return { page, slots };
}

/** Few different letters, so that much is alike; and parts on both sides of what is compressed. */
const text = fc.string({ unit: fc.constantFrom("a", "b", "<p>", "é"), maxLength: 300 });

test("a page that was compressed once is, for each load with its own parts, what it is uncompressed", () => {
  const loads = fc.array(fc.tuple(text, text), { maxLength: 5 }).chain((pairs) =>
    fc.record({
      texts: fc.array(text, { minLength: pairs.length + 1, maxLength: pairs.length + 1 }),
      first: fc.constant(pairs.map(([part]) => part)),
      // Of the same length, as a kept page's parts are, and with other letters.
      other: fc.constant(pairs.map(([part]) => part.replaceAll("a", "c").replaceAll("b", "a").replaceAll("c", "b"))),
    }),
  );
  fc.assert(
    fc.property(loads, ({ texts, first, other }) => {
      const { page, slots } = pageOf(texts, first);
      const gzipped = GzippedPage.of(page, slots)!;
      for (const parts of [first, other, first]) {
        const plain = pageOf(texts, parts).page;
        expect(gunzipSync(gzipped.with(plain, parts)).equals(plain)).toBe(true);
      }
    }),
  );
});

test("what was written anew in a page is never looked back at, though the same follows it; all else is", () => {
  const line = "<p>What was read a moment ago, and is written once more.</p>";
  const { page, slots } = pageOf([line.repeat(20), line.repeat(20)], [line.repeat(3)]);
  const other = pageOf([line.repeat(20), line.repeat(20)], [line.replaceAll("o", "0").repeat(3)]);
  const gzipped = GzippedPage.of(page, slots)!;
  expect(gunzipSync(gzipped.with(other.page, [line.replaceAll("o", "0").repeat(3)])).equals(other.page)).toBe(true);
  expect(gzipped.with(page, [line.repeat(3)]).length).toBeLessThan(gzipSync(page).length + 150);
});

test("a page with a NUL in it is left to whoever compresses it as a whole", () => {
  expect(GzippedPage.of(Buffer.from("a\0b"), [])).toBeUndefined();
});
