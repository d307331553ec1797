import { expect, test } from "vitest";
import { LIMITS } from "../../../src/engine/core/limits.ts";
import { section } from "../../support/documents.ts";

/** How a row of the documents' table about it begins. */
const ROWS: Readonly<Record<keyof typeof LIMITS, string>> = {
  bodyBytes: "a body",
  jsonLevels: "levels of a JSON value",
  jsonKeys: "keys of a JSON value",
  ndjsonLines: "lines of NDJSON in a request",
  topicBytes: "a topic's name",
  itemBytes: "an item's name",
  urlBytes: "an address",
  arrivingBytes: "all bodies that are on their way in",
  waitingValues: "values that the log has not taken yet",
  waitingBytes: "their bytes",
  fragmentBytes: "what a widget makes of a value",
  pageCharacters: "the regions' HTML in a page",
  regions: "regions of a page",
  regionListBytes: "their list in a stream's address",
  unsentBytes: "all answers that their readers have not taken yet",
  headersMs: "a request's headers",
  requestMs: "a whole request",
  actionMs: "an action",
  writeMs: "a reader to take anything of an answer",
  idleMs: "a connection between two requests",
  authorizeMs: "what `src/authorize.ts` decides",
  publishesASecond: "values that a token publishes in a second",
  presses: "forms that are pressed",
  pressesSeconds: "forms that are pressed",
  wrongTokens: "wrong tokens at the inspector's door",
  wrongTokensSeconds: "wrong tokens at the inspector's door",
  addressTopics: "topics of families with a source that runs",
  addressStreams: "open streams, but of the machine itself",
  visitorStreams: "open streams of one visitor",
  connections: "connections",
  streams: "open streams |",
  connectionRequests: "requests of one HTTP/2 connection at work at once",
  connectionStreams: "open streams of one HTTP/2 connection",
  familyTopics: "a topic of a family",
  familyTopicMs: "a topic of a family",
  sourceTopicMs: "the same, where a source publishes to it",
  emptiedTopics: "an emptied topic's place",
  emptiedTopicMs: "an emptied topic's place",
  keys: "what was answered to an `Idempotency-Key`",
  keyMs: "what was answered to an `Idempotency-Key`",
};

const limits = section("Limits")
  .split("\n")
  .filter((line) => line.startsWith("| "));

const UNITS: readonly (readonly [suffix: RegExp, units: readonly (readonly [size: number, name: string])[]])[] = [
  [
    /(Bytes|Characters)$/,
    [
      [1024 * 1024, "MiB"],
      [1024, "KiB"],
      [1, "bytes"],
    ],
  ],
  [
    /Ms$/,
    [
      [24 * 60 * 60 * 1000, "day"],
      [60_000 * 10, "0 minutes"],
      [1000, "s"],
    ],
  ],
  [/Seconds$/, [[1, "s"]]],
];

/** As the documents write it. */
function written(key: string, value: number): string {
  const [size, name] = UNITS.find(([suffix]) => suffix.test(key))?.[1].find(([size]) => value >= size) ?? [1, ""];
  const count = (value / size).toLocaleString("en");
  return name.startsWith("0") ? count + name : `${count} ${name}`.trim();
}

test.each(Object.entries(LIMITS))("the documents tell the limit %s as it is", (key, value) => {
  const row = limits.find((line) => line.startsWith(`| ${ROWS[key as keyof typeof LIMITS]}`));
  expect(row?.replaceAll(/[|,]? /g, " ")).toContain(written(key, value).replaceAll(/[|,]? /g, " "));
});
