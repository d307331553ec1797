import { z } from "zod";
import { type Action, action } from "../engine/actions/action.ts";
import { refuse } from "../engine/actions/refuse.ts";
import { parseTopic, type Topic } from "../engine/core/topic.ts";
import { every, type SourceModule } from "../engine/sources/every.ts";

/*
 * What runs in the documents, in the place where they speak of it. Of what an author would write the text has the same words:
 * a test holds the two together.
 */

/** A number that moves a little with each value, and stays where it is plausible. */
function* wander(start: number, step: number): Generator<number> {
  for (let value = start; ; value += (Math.random() - 0.5) * 2 * step + (start - value) * 0.05) yield value;
}

const prices = wander(101, 0.8);
const delays = wander(120, 18);

const SOURCES = {
  quote: every(1000, () => ({ symbol: "ACME", price: prices.next().value.toFixed(2) })),
  delay: every(1000, () => Math.round(delays.next().value)),
};

/** By topic. */
export const DEMO_SOURCES: ReadonlyMap<Topic, SourceModule> = new Map(
  Object.entries(SOURCES).map(([name, source]) => [parseTopic(name), { source, always: false }]),
);

/** By name. */
export const DEMO_ACTIONS: ReadonlyMap<string, Action> = new Map([
  [
    "alerts/raise",
    action(({ fields, publish }) => {
      if (!fields.text?.trim()) refuse({ text: "Say what is wrong." });
      return publish("alerts", { text: fields.text }, { item: crypto.randomUUID() });
    }),
  ],
  ["alerts/acknowledge", action(({ fields, remove }) => remove("alerts", fields.item!))],
  [
    "poll/vote",
    action({
      fields: z.object({ choice: z.enum(["Tea", "Coffee", "Water"]) }),
      run: ({ fields: { choice }, update }) =>
        update("poll", (votes = {}) => ({ ...votes, [choice]: (votes[choice] ?? 0) + 1 })),
    }),
  ],
  [
    "guests/sign",
    action({
      fields: z.object({
        name: z.string().trim().min(1, "Who are you?").max(60),
        stars: z.coerce.number("A number, please.").int().min(1, "One at least.").max(5, "Five at most."),
        text: z.string().trim().min(1, "Say something.").max(500),
      }),
      run: ({ fields, publish }) => publish("guests", fields),
    }),
  ],
]);
