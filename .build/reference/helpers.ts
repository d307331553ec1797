/** What templates see, by name, in Markdown. */
type Helpers = Readonly<Record<string, string>>;

/** What all templates see. */
const IN_ALL: Helpers = {
  markdown: "`markdown(text)`: anybody's Markdown as HTML, for `<%~ %>`",
  mayShow: "`mayShow(address)`: whether pages show a picture from there: [`MEDIA_ORIGINS`](#settings)",
  format: "[numbers, sizes and times](charts.md)",
  chart: "[charts](charts.md)",
  words:
    "`words.of(name, values)` as a text, `words.html(name, values, link)` as HTML, its values too, for `<%~ %>`: what [there is to say](#words), in the site's language",
  action: "`action(name, { sync, page })`: all that a form needs to be sent: [Actions](actions.md)",
  refusal: "what a form that was refused says; forms of actions say it by themselves",
};

export const IN_WIDGETS: Helpers = {
  data: "the value, frozen",
  history: "the values before it, oldest first",
  params: "the region's params",
  topic: "its topic",
  at: "when it was published, in ms since 1970",
  id: "in a log: the item's id on the page",
  item: "in a log: its name, if its publisher gave it one",
  refuse: "`refuse(why)`: takes nothing, and says so to the publisher",
  asNumber: "`asNumber(value)`: the number that a value is, or that a text says, else NaN",
  asDigits: "`asDigits(n, most)`: a number as people write it, with at most so many decimals, or 6",
  utc: "`utc(at)`: a time, for `<%~ %>`",
  ...IN_ALL,
};

export const IN_PAGES: Helpers = {
  data: "what its route or its feature knows, for a page that one has",
  user: "who looks: [Log-ins](visitors.md#log-ins)",
  live: "`live(topic, params)`: a region that is live",
  still: "`still(topic, params)`: one as it is now, which may join later",
  card: "`card(topic, { title, link, params })`: a region in a card",
  board: "`board()`: the front matter's rows of cards, here",
  visitor: "`visitor(name)`: an unguessable id of this visitor's",
  once: "`once()`: an id of this page load's",
  title: "the front matter's",
  description: "the front matter's",
  query: "its query, checked",
  params: "what the parameters of its path are: `params.room` of `rooms/[room].eta`",
  page: "the page's name",
  pages: "the names of all pages that there are",
  origin: "where this server is reached, for commands that a page shows",
  asset: "`asset(name)`: the address of a file under `public`",
  root: "in the layout, `root({ lang, dir })`: the attributes of `<html>`",
  head: "in the layout, `head()`: what every page needs there but its title",
  body: "in the layout: the page",
  stream: "in the layout, `stream()`: the page's one stream, last in the body",
  pulse: "in the layout, `pulse()`: whether it is alive",
  notice: "in the layout, `notice()`: what is said of a lost connection, and of a button that was refused",
  refresh: "in a layout without `head()`, `refresh()`: how a page without JavaScript stays up to date",
  snapshot: "in the layout, `snapshot()`: what is said of that",
  ...IN_ALL,
};

export const OF_FORMAT: Helpers = {
  number: "`format.number(1234.5, { decimals, unit, sign, compact, currency, lang })`: 1,234.5",
  percent: "`format.percent(0.123, { decimals })`: 12%",
  bytes: "`format.bytes(1.5e9, { binary })`: 1.5 GB",
  duration: "`format.duration(320000, { long })`: 5m 20s, of ms",
  ago: "`format.ago(since, at)`: 5 minutes ago",
  date: "`format.date(at, { zone })`: 21 Nov 2026",
  time: "`format.time(at, { zone, seconds })`: 14:03",
};

export const OF_CHART: Helpers = {
  line: "`chart.line(values, options)`: up to 8 lines",
  bar: "`chart.bar(values, options)`: rows or columns",
  spark: "`chart.spark(values, options)`: one line without axes",
  gauge: "`chart.gauge(value, options)`: a number on a half circle",
};
