import { z } from "zod";

/** A number, or a text that says one, as what a terminal sets in Redis is. */
const numeral = z.string().regex(/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i, "Write a number.");
const number = z.union([z.number(), numeral], "Write a number.");

/** The price alone, or with what it is the price of. Without a change it is the difference to the price before. */
export default z.union(
  [
    z.object({
      symbol: z.string().optional(),
      price: number,
      change: z.union([number, z.literal("")], "Write a number.").nullish(),
    }),
    number,
  ],
  'Publish a number, or { "price": number, "change": number }.',
);
