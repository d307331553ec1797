/** A key of front matter: what it is where it is left out, and what it says, in Markdown. */
type Keys = Readonly<Record<string, readonly [usual: string, text: string]>>;

export const WIDGET_KEYS: Keys = {
  kind: [
    "`state`",
    '`state`: each update replaces the content. `log`: each update appends one item; put `id="<%= id %>"` on its one root element',
  ],
  keep: ["50", "log: how many items every page shows"],
  history: ["0", "state: how many earlier values the template sees, oldest first"],
  title: ["the name", "for the gallery, and for the region's accessible name"],
  element: [
    "`div`, for a log `ul`",
    "the region's element: any of HTML's that holds others, none of SVG's or MathML's",
  ],
  params: [
    "none",
    'what its regions may be given, each with its known values or a pattern: `live("updates", { friends: true })`',
  ],
  initial: ["none", "state: the value that it shows before its first one"],
  empty: ["Waiting for the first value…", "what stands where there is no value, such as “No alerts.”"],
  stale_after: [
    "none",
    "a time such as `30s`, `5m` or `2h`: a topic to which nothing new comes for so long says on every page since when",
  ],
  access: [
    "`public`",
    "`page`: nobody opens its topics but this server's own pages: [Who may read](visitors.md#who-may-read)",
  ],
  swap: [
    "`morph` where it can be",
    "state: `replace` makes all in the region anew with each update; `morph` refuses what cannot be [morphed](widgets.md)",
  ],
  command: ["a curl line", "what the gallery shows as the way to feed it, such as `redis-cli SET current_price 102`"],
};

export const PAGE_KEYS: Keys = {
  title: ["Brooklet", "what the page is called, in its `<title>`"],
  description: ["none", "what it is about, for search engines and whoever links to it"],
  params: [
    "anything",
    "what the parameters of its path may be, each with its known values or a pattern: `{ room: [kitchen, hall] }`",
  ],
  query: [
    "none",
    "what its address may say after the `?`, each with its known values or a pattern: `{ format: [brief, detailed] }`; what is left empty counts as not said",
  ],
  board: ["none", "its cards, in rows: [Compose a page](pages.md)"],
  lang: ["the layout's, or `en`", "the language that it is written in, by its code, such as `de`"],
  dir: ["the layout's", "`ltr` or `rtl`"],
};
