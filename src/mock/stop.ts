/**
 * The tokens up to where the first of some texts begins, which are not told. What might be the beginning of one is held back
 * until it is known; of a token that a stop begins in, the part before it is told.
 * @param stops none of them empty
 */
export function* before(stops: readonly string[], tokens: Iterable<string>): Generator<string> {
  const held: string[] = [];
  for (const token of tokens) {
    held.push(token);
    const text = held.join("");
    const at = firstOf(stops, text);
    if (at !== undefined) return yield* cutAt(at, held);
    const safe = text.length - begunIn(stops, text);
    let told = 0;
    while (held.length > 0 && told + held[0]!.length <= safe) {
      told += held[0]!.length;
      yield held.shift()!;
    }
  }
  yield* held;
}

function firstOf(stops: readonly string[], text: string): number | undefined {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}

/** How much at a text's end may be the beginning of one of them. */
function begunIn(stops: readonly string[], text: string): number {
  const longest = Math.max(...stops.map((stop) => stop.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}

function* cutAt(at: number, tokens: readonly string[]): Generator<string> {
  let left = at;
  for (const token of tokens) {
    if (left <= 0) return;
    yield token.slice(0, left);
    left -= token.length;
  }
}
