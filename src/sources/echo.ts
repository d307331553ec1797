import { type SourceContext, wait } from "brooklet";

const EACH_MS = 50;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Says the rest of what it was told to say, character by character. Whatever broke it off, it goes on where it was. */
export default async function* ({ latest, signal }: SourceContext) {
  let { text = "", rest = "" } = (latest ?? {}) as { text?: string; rest?: string };
  for (const { segment } of graphemes.segment(rest)) {
    await wait(EACH_MS, signal);
    if (signal.aborted) return;
    [text, rest] = [text + segment, rest.slice(segment.length)];
    yield { text, rest };
  }
}
