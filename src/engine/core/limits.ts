const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1_000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/**
 * What anybody may ask of one node: all bounds that a stranger, a publisher or an author can meet, in one place. The document
 * “Limits” has each of them; a test holds the two together. What only tells how a part works inside, such as the size of a
 * buffer, stands in that part.
 */
export const LIMITS = {
  // What is sent here.
  bodyBytes: 256 * KIB,
  /** Levels and keys of one JSON value: what is deep or wide costs more than its bytes tell. */
  jsonLevels: 32,
  jsonKeys: 10_000,
  ndjsonLines: 10_000,
  topicBytes: 200,
  itemBytes: 200,
  urlBytes: 8 * KIB,
  /** Of all bodies that are on their way in, together. */
  arrivingBytes: 64 * MIB,
  /** Values that wait for the log or are being written to it, and their bytes: a queue without a bound runs out of memory. */
  waitingValues: 10_000,
  waitingBytes: 64 * MIB,

  // What is sent from here.
  fragmentBytes: 64 * KIB,
  /** Of the HTML of a page's regions: the rest comes over its stream. */
  pageCharacters: MIB,
  regions: 64,
  regionListBytes: 4 * KIB,
  /** Of all answers that their readers have not taken yet, together. */
  unsentBytes: 64 * MIB,

  // How long it may take.
  headersMs: 10 * SECOND_MS,
  requestMs: 30 * SECOND_MS,
  /** What a visitor does, until there is an answer. */
  actionMs: 30 * SECOND_MS,
  /** Nothing of an answer was taken. */
  writeMs: 60 * SECOND_MS,
  /** A connection without a request. Longer than the usual 60 s of proxies, which would else use one that is just being closed. */
  idleMs: 65 * SECOND_MS,

  /** What `src/authorize.ts` takes for one page, one action, or the topics of one page or stream. */
  authorizeMs: 5 * SECOND_MS,

  /** Of one token; of one address where none is needed. More than one node takes of one publisher: it is for what runs wild. */
  publishesASecond: 10_000,

  // How many for one address; of IPv6, for one network of 64 bits.
  /** Pressed forms, in so many seconds. */
  presses: 60,
  pressesSeconds: 10,
  /** Wrong tokens written at the inspector's door, in so many seconds. */
  wrongTokens: 5,
  wrongTokensSeconds: 60,
  /** Topics of families that have a source running. */
  addressTopics: 100,
  /** Open streams. An office, or a mobile network, may be one address. */
  addressStreams: 1_000,
  /** Of one visitor over HTTP/1, where a browser has six connections for all of its tabs: some are left to load pages. */
  visitorStreams: 4,

  // How many in all.
  /** Fewer where the system lets this process open fewer files. Who comes beyond it is told to come back. */
  connections: 16_000,
  /** Of HTTP/2 one connection may have many. */
  streams: 16_000,
  /** Requests of one HTTP/2 connection at work at once, and its streams that are open, as a browser has them: one for each tab. */
  connectionRequests: 100,
  connectionStreams: 250,

  // What stays, and how many of it. Of too many, the one that has not changed for longest goes.
  familyTopics: 100_000,
  familyTopicMs: 30 * DAY_MS,
  sourceTopicMs: 600 * SECOND_MS,
  emptiedTopics: 100_000,
  emptiedTopicMs: DAY_MS,
  /** Answers to idempotency keys; and, in a queue of their own, as many to visitors' presses, which are not to push out a publisher's. */
  keys: 1_000_000,
  keyMs: DAY_MS,
} as const;
