import { Words, wordingsIn } from "../engine/words/words.ts";

/** What the chat says of itself, in English. */
export const CHAT_WORDINGS = wordingsIn(import.meta.dirname);

/** For the operator, and where no site says it otherwise. */
export const CHAT_ENGLISH = new Words({}, CHAT_WORDINGS);
