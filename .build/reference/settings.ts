/** What a setting is for, in Markdown. */
export interface Described {
  readonly text: string;
  /** What it is where it is unset, if the code has no word for that. */
  readonly usual?: string;
}

/** All settings, in the order of the reference: those of where the server is, who may what, what is told, what is kept, of features. */
export const SETTINGS: Readonly<Record<string, Described>> = {
  PORT: { text: "0 takes any that is free" },
  HOST: { text: "the address to listen on; `0.0.0.0` for all" },
  HOSTS: {
    text: "names that are answered besides `localhost` and literal IP addresses, separated by commas; all others get 421",
  },
  TLS_CERT: {
    text: "a PEM file: with it, and `TLS_KEY`, HTTPS with HTTP/2 and HTTP/1.1. A pair that is renewed is taken up within 10 s, and open streams go on. Browsers that come over HTTPS by a name of HOSTS are told to keep to it for a year",
  },
  TLS_KEY: { text: "a PEM file: the key of that certificate" },
  TRUST_PROXY: {
    text: "whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses, networks, `loopback`, `uniquelocal` (private networks) and `linklocal`, separated by commas; or how many proxies stand in front, such as `1`",
  },
  DRAIN_SECONDS: { text: "on SIGTERM, how long until the server is gone; its streams end spread over most of it" },
  NODE_ENV: {
    text: "`production`: templates and files stay as they were at the start, `SHOW_SOURCE`, `DOCS` and `MOCK` are off if they do not say otherwise, and a `PUBLISH_TOKEN` or `TOKENS` is needed",
  },
  PUBLISH_TOKEN: {
    text: "a token that may everything, which programs send as `Authorization: Bearer`. Needed where others than you may reach the server: where `HOST` is not loopback, `HOSTS` is set, or `NODE_ENV` is `production`; there it has at least 16 characters",
  },
  TOKENS: {
    text: "a file of tokens, each for some topics and some of what may be done: [Tokens](wire.md#tokens). It does as well as `PUBLISH_TOKEN`, and both may be set",
  },
  PUBLISH: { text: "`open`: there, too, everybody may publish without a token", usual: "none" },
  FORMS: { text: "`off`: what visitors send from the pages' forms is refused" },
  CORS_ORIGINS: { text: "other origins whose pages may read streams and publish" },
  MEDIA_ORIGINS: {
    text: "origins besides this server whose pictures, films and sounds its pages show, separated by commas: `https://cdn.example.com`, or `https://*.example.org` for all below a name. Pictures in Markdown are shown from there, too, whoever wrote it, and their servers learn who reads it; from elsewhere there is a link in place of each. `brooklet check` tells of what no page would show",
  },
  FRAME_ANCESTORS: { text: "origins whose pages may show this server's in a frame, separated by commas" },
  INSPECTOR: { text: "`off`: there is none, at no address" },
  SHOW_SOURCE: {
    text: "`on` or `off`: whether `/widgets/<name>` shows the widget's template, `/widgets` the widgets to take, an empty card what fills it, and a server without pages where the first one goes",
  },
  SECRET: {
    text: "at least 32 characters, of which visitors' cookies and ids and the pages' seals are made; by default random ones that are kept with the log. Another secret makes every visitor a new one",
    usual: "the log's own",
  },
  METRICS_PORT: {
    text: "a port of its own for [`/metrics`](operating.md#logs-and-metrics), open to whoever reaches it; 0 takes any that is free",
  },
  METRICS_HOST: { text: "the address of that port", usual: "127.0.0.1" },
  LOG_LEVEL: {
    text: "what is written to the [operator’s log](operating.md#logs-and-metrics): `debug`, `info`, `warn` or `error`, and all that matters more",
  },
  LOG_URL: {
    text: "where the log is. Without it, in `DATA_DIR`, for one node; `redis://user:password@host:port/db`: on a Redis 7 or later, which any number of nodes share ([with TLS or Sentinels](nodes.md)); `memory:`: in the process, and lost with it",
    usual: "none",
  },
  DATA_DIR: { text: "the folder of a log without `LOG_URL`" },
  REDIS_URL: { text: "where the Redis sources look; nothing is written there", usual: "the log's, if that is a Redis" },
  DOCS: { text: "whether there are the documents, at `/docs`: `on` or `off`" },
  CHAT: { text: "`off`: there is no chat, no page of it, and nothing that takes what it sends" },
  OPENAI_BASE_URL: { text: "where the chat asks; without it, the mock in the same process, if there is one" },
  OPENAI_API_KEY: { text: "the key that it sends along" },
  CHAT_MODEL: {
    text: "the model that it asks for, or several, separated by commas, of which visitors choose one; needed where `OPENAI_BASE_URL` is set",
  },
  CHAT_SYSTEM: { text: "what that model is told before each conversation, such as `Answer in German.`" },
  CHAT_FIRST_SECONDS: { text: "how long the chat waits for a model's first sign of life" },
  CHAT_STALL_SECONDS: { text: "how long it waits for the next one" },
  CHAT_WHOLE_SECONDS: { text: "how long it waits for the whole answer" },
  CHAT_KEEP_DAYS: { text: "after how many days without a word a conversation goes" },
  CHAT_CONVERSATIONS: {
    text: "how many conversations a visitor may have; with one more, the one in which nothing was written for longest goes",
  },
  CHAT_LENGTH: { text: "how many characters an answer may have" },
  MOCK: { text: "whether there is the mock of OpenAI's API, for programs below `/v1` and for the chat: `on` or `off`" },
  MOCK_TTFT_MS: { text: "how long the mock of OpenAI's API takes to its first token" },
  MOCK_TOKENS_PER_SECOND: { text: "and how many tokens a second it gives then, at most 10,000" },
  MOCK_JITTER: { text: "how uneven that is, from 0 to 1: in time, and in how many tokens come at once" },
  MOCK_SEED: { text: "a whole number, for which the same question gets the same bytes each time" },
};
