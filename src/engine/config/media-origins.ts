import { each, Mend } from "./values.ts";

const SUCH_AS = "such as MEDIA_ORIGINS=https://cdn.example.com,https://*.example.org";

/** An origin, or all below a name: as browsers read it in a policy. */
const SOURCE =
  /^https?:\/\/(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\*\.[a-z0-9-]+(?:\.[a-z0-9-]+)+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** What somebody meant who wrote something else. The first that fits is told. */
const GUESSES: readonly { is: RegExp; mend: string }[] = [
  {
    is: /^(?:\*|https?:\/\/\*|\*:\/\/\*)(?:\/.*)?$/,
    mend: `A star alone would let pictures and media come from anywhere. Write whose they are, ${SUCH_AS}.`,
  },
  {
    is: /^'?(?:self|none)'?$/,
    mend: `This server’s own are shown without being listed. Write only others, ${SUCH_AS}.`,
  },
  {
    is: /^(?:data|blob):/,
    mend: "What is written into a page, as data: and blob: are, is never shown. Put the file into public, or on a server of its own.",
  },
  { is: /\s/, mend: `Write a comma between two origins, ${SUCH_AS}.` },
  { is: /@/, mend: `An origin has neither a name nor a password in it. Write it without, ${SUCH_AS}.` },
  { is: /^https?:\/\/[^/?#]+[/?#]/, mend: `One of them has a path. Write only what is before it, ${SUCH_AS}.` },
  { is: /^(?!\w+:\/\/)/, mend: `One of them has no scheme. Write https:// before it, ${SUCH_AS}.` },
  {
    is: /^(?!https?:)/i,
    mend: `Browsers load pictures by https:// and http:// alone. Write one of these, ${SUCH_AS}.`,
  },
  { is: /[A-Z]/, mend: `Write it in small letters, ${SUCH_AS}.` },
  { is: /^https?:\/\/\*\.[^.]+$/, mend: `After the star is a whole name, ${SUCH_AS}.` },
  { is: /\*/, mend: `A star stands for all names below another, at its beginning alone, ${SUCH_AS}.` },
];

/** The origins besides this server's that pictures and media may come from. */
export function mediaOrigins(text: string): string[] | Mend | undefined {
  let wrong: string | undefined;
  const origins = each(text, (entry) => {
    if (SOURCE.test(entry) && URL.canParse(entry.replace("*.", ""))) return entry;
    wrong ??= GUESSES.find(({ is }) => is.test(entry))?.mend;
    return undefined;
  });
  return origins ?? (wrong === undefined ? undefined : new Mend(wrong));
}
