import type { SourceContext } from "brooklet";
import { numbered } from "./ten.ts";

/** How far so many events are. */
export async function* jobOf(events: AsyncIterable<{ n: number; of: number }>) {
  for await (const { n, of } of events) yield { percent: (100 * n) / of, label: "Ten events" };
}

/** Of a page's ten events, whose id it has. */
export default ({ signal }: SourceContext) => jobOf(numbered(10, 500, signal));
