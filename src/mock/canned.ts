import { pick, type Random } from "./random.ts";

type Answers = readonly [string, ...string[]];

/** Answers that were written beforehand, each for the prompts that speak of something. The first that fits is taken. */
const CANNED: readonly (readonly [about: RegExp, answers: Answers])[] = [
  [
    /\b(hello|hi|hey|good (morning|day|evening))\b/i,
    [
      "Hello! I am a mock: no model thinks here, yet every token reaches you as a real one would. Try `/long`, `/code` or `/cut`, and `/help` for the rest.",
      "Good to see you. I answer from a small book of answers, token by token. Ask me about **Brooklet** or **event streams**, or say `/help`.",
    ],
  ],
  [
    /\bbrooklet\b|what is this/i,
    [
      `**Brooklet** is a web page that is alive, with no client JavaScript to write.

1. A *widget* is one template, and its name is its topic.
2. Publish a value to the topic, and it is rendered **once**, on the server.
3. The same bytes go to every open page, where htmx swaps them in.

\`\`\`sh
curl -d '{"text":"hi"}' -H 'content-type: application/json' localhost:3000/publish/feed
\`\`\`

This very answer travels like that: as a log of blocks, of which only the last one is sent again while it grows.`,
    ],
  ],
  [
    /\b(sse|event ?streams?|server.sent|eventsource|stream(ing)?)\b/i,
    [
      `Server-sent events are an HTTP response that does not end. Each event is a few lines of text and an empty one:

\`\`\`
id: 42
data: {"price": 101.2}

\`\`\`

What makes them pleasant:

- They are **plain HTTP**, so that proxies, cookies and HTTP/2 just work.
- The browser **comes back by itself**, and says with \`Last-Event-ID\` where it had got to.
- They go *one way*. What a page has to say it says with an ordinary request.

Their traps are buffering proxies, and the six connections that HTTP/1.1 allows to one host.`,
    ],
  ],
  [
    /\bhtmx\b/i,
    [
      `[htmx](https://htmx.org) lets HTML do what took a script: an element says which request it makes, and where the answer goes. The server answers with *HTML*, not with data, and so the page is described in one place only.`,
    ],
  ],
  [
    /\b(joke|funny)\b/i,
    [
      "A UDP packet walks into a bar. Nobody acknowledges it.",
      "There are two hard things in programming: naming, cache invalidation, and errors by one.",
      "I would tell you the one about the endless stream, but it does not come to a point.",
    ],
  ],
  [
    /\b(poem|haiku|verse)\b/i,
    [
      "> Token by token\n> the answer finds its way down.\n> A brook, and then still.",
      "> One value, once made,\n> runs to every open page.\n> Nobody pressed reload.",
    ],
  ],
  [
    /\bmarkdown\b/i,
    [
      `# A heading

Words can be *leaning*, **heavy**, ~~gone~~ or \`exact\`.

- a list
  - with a list in it
- and a [link](https://commonmark.org)

> What somebody else has said

| and | a table |
|---|---|
| of | cells |

---

\`\`\`js
const and = "code";
\`\`\``,
    ],
  ],
  [/\b(thanks?|thank you|cheers)\b/i, ["You are welcome. It was no effort: I had it written down."]],
];

export function canned(prompt: string, random: Random): string | undefined {
  const found = CANNED.find(([about]) => about.test(prompt));
  return found && pick(random, found[1]);
}
