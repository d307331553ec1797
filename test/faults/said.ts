import fc from "fast-check";

/** What this log has said up to now: the id after each event, by seq. */
export type Ids = readonly string[];

/** A cursor as a reader says it, and where that reader is for certain, if it is. */
export interface Said {
  readonly text: string;
  readonly seq?: number;
}

/** Made once it is known what the log has said. */
export type Saying = (ids: Ids) => Said;

/** Which of the ids, counted back from the newest. */
const back = fc.oneof(fc.noBias(fc.nat({ max: 6 })), fc.noBias(fc.nat({ max: 60 })));
const pick = (ids: Ids, back: number) => Math.max(0, ids.length - 1 - back);

const valid = back.map(
  (back): Saying =>
    (ids) => {
      const seq = pick(ids, back);
      return { text: ids[seq]!, seq };
    },
);

/** A valid one with one of its four parts changed. */
function changed(part: number, to: fc.Arbitrary<string>, known = false): fc.Arbitrary<Saying> {
  return fc.record({ to, back }).map(({ to, back }) => (ids) => {
    const seq = pick(ids, back);
    const parts = ids[seq]!.split("-");
    const text = parts.with(part, to === parts[part] ? `${to}0` : to).join("-");
    return known ? { text, seq } : { text };
  });
}

const word = fc.stringMatching(/^[a-z0-9]{1,15}$/);
const ofAnotherLog = changed(0, word);
const ofOtherViews = changed(1, word);
/** Only what is around the regions was another. */
const ofAnotherShell = changed(2, word, true);

const malformed = fc.oneof(
  changed(3, fc.constantFrom("", "-1", "01", "1e1", "0x1", "1.0", " 1", "1 ", "٣", "1-1", "NaN", "1\0")),
  changed(1, fc.constantFrom("", "A", "é", "__proto__", "a b", "a\tb")),
  fc.string({ minLength: 1, maxLength: 60, unit: "binary" }).map(
    (text): Saying =>
      () => ({ text }),
  ),
  fc.constantFrom("reset", "0", "-", "---", "a-b-c-1", "%00", "undefined").map(
    (text): Saying =>
      () => ({ text }),
  ),
);

const oversized = fc.oneof(
  changed(3, fc.constantFrom("9".repeat(16), "1".repeat(400))),
  changed(0, fc.constantFrom("x".repeat(17), "x".repeat(100_000))),
  fc.constantFrom("x".repeat(1e6), "1-".repeat(1e5)).map(
    (text): Saying =>
      () => ({ text }),
  ),
);

/** All but the future's, for which a node waits a moment: another node may have shown it. */
export const said: fc.Arbitrary<Saying> = fc.oneof(
  { weight: 16, arbitrary: valid }, // some of them older than all that is kept
  { weight: 2, arbitrary: ofAnotherLog },
  { weight: 2, arbitrary: ofOtherViews },
  { weight: 1, arbitrary: ofAnotherShell },
  { weight: 2, arbitrary: malformed },
  { weight: 1, arbitrary: oversized },
);

export const future: fc.Arbitrary<Saying> = fc.integer({ min: 1, max: 1e6 }).map((more) => (ids) => {
  const newest = ids.length - 1;
  return { text: ids[newest]!.replace(/\d+$/, String(newest + more)) };
});
