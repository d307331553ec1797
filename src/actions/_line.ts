import { z } from "zod";

/** One line of text, of at most so many characters, without the spaces around it. */
export const line = (called: string, most: number) =>
  z
    .string(`${called} is missing.`)
    .trim()
    .min(1, `${called} is empty. Write something there.`)
    .max(most, `${called} has at most ${most} characters.`);
