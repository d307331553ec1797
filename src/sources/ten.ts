import { type SourceContext, wait } from "brooklet";

/** `of` numbered values, one each `ms`, and then nothing more: the topic ends, and the streams that show only it close. */
export async function* numbered(of: number, ms: number, signal: AbortSignal) {
  for (let n = 1; n <= of && !signal.aborted; n++) {
    yield { n, of };
    if (n < of) await wait(ms, signal);
  }
}

export default ({ signal }: SourceContext) => numbered(10, 500, signal);
