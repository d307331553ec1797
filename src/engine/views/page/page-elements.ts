import { ASK_EVENT } from "../../core/event.ts";
import { escaped } from "../../core/html.ts";
import { fill, MORPH_EXTENSION, near, replaceElement } from "../../core/partial.ts";
import type { Region } from "../../core/region.ts";
import { isSecretSegment } from "../../core/topic.ts";
import type { Notice } from "../../core/widget.ts";
import type { Words } from "../../words/words.ts";
import type { WidgetMatter } from "../files/front-matter.ts";
import { REGIONS_FIELD } from "../forms/action-forms.ts";
import { type Reason, reasonHtml } from "../forms/forms.ts";

/** The ids of the layout's own elements. No region's id begins with `_`. */
export const STREAM = "_stream";
const PULSE = "_pulse";
export const NOTICE = "_notice";
export const REFUSED = "_refused";
const CURSOR = "_cursor";
/** What a page that asks sends along of the last time: see asking-beat.ts. */
export const ASKED = "_asked";
const HERE = "_here";
/** The attribute of the stream's element that has its address. */
export const STREAM_ADDRESS = "sse-connect";
/** Where what asks for another seal is put. */
const RENEWAL = "_renewal";

/** Signs, for a page's visitor, the regions that are for pages alone; undefined where the page has none. */
export type Seal = (regions: readonly Region[]) => string | undefined;

/** Two who ask for a page's stream: how long each waits for an answer, and what becomes of that when there is reason to ask again. */
const ASKERS = {
  /** Goes on to wait: a server that many ask at once answers late, and the network may be slow. */
  patient: { sync: "this:drop", timeoutMs: 30_000 },
  /** Gives it up, and asks anew: on a connection that swallows all no answer would ever come. */
  hasty: { sync: "this:replace", timeoutMs: 5_000 },
};
/** How many moments signs.css has: see `pulseElement`. */
const MOMENT_COUNT = 16;

/** What a widget says of the element of its regions. */
export type RegionLooks = Pick<WidgetMatter, "element" | "title" | "kind" | "swap">;

/** A region's element, already filled. */
export function regionElement({ id, topic }: Region, { element, title, kind, swap }: RegionLooks, html: string) {
  // A secret id is no name that a screen reader should read.
  const names = topic
    .split("/")
    .slice(1)
    .filter((segment) => !isSecretSegment(segment));
  const label = [title, names.join("/")].join(" ").trim();
  // Other elements have a role of their own: a list stays a list.
  const role = element === "div" ? ' role="group"' : "";
  const morph = kind === "state" && swap !== "replace" ? ` hx-ext="${MORPH_EXTENSION}"` : "";
  return `<${element} id="${id}"${role} aria-label="${escaped(label)}"${morph}>${html}</${element}>`;
}

export interface StreamParts {
  /** The path below which the site is that the page is of; "" for the whole server. */
  readonly base: string;
  readonly cursor?: string | undefined;
  readonly join?: boolean;
  readonly seal?: string | undefined;
}

/**
 * The element of a page's one stream. It has one listener for all regions, since the server names the target in each event. The
 * hidden input tells later requests which regions the page has, and that it may have them.
 */
export function streamElement(regions: readonly Region[], { base, cursor, join = false, seal }: StreamParts) {
  const names = regions.map((region) => region.name);
  const swap = join ? ' hx-swap-oob="true"' : "";
  const list = seal === undefined ? names.join(",") : `${names.join(",")};${seal}`;
  const input = `<input type="hidden" id="${REGIONS_FIELD}" name="${REGIONS_FIELD}" value="${escaped(list)}" autocomplete="off">`;
  // Without a region there is no stream; the element is there all the same, since a region may join later.
  if (names.length === 0) return `<div id="${STREAM}"${swap}>${input}</div>`;
  const from = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
  const sealed = seal === undefined ? "" : `&seal=${seal}`;
  const renewal = seal === undefined ? "" : `<i hidden id="${RENEWAL}"></i>`;
  const url = `${base}/events?regions=${names.map(encodeURIComponent).join(",")}${sealed}${from}`;
  return `<div id="${STREAM}"${swap} hx-ext="sse" ${STREAM_ADDRESS}="${escaped(url)}" sse-close="end"><div hidden sse-swap="message" hx-swap="none"></div>${input}${renewal}${hereElements(base)}</div>`;
}

const hereField = (id: string) =>
  `<input type="hidden" id="${HERE}" name="${HERE}" value="${escaped(id)}" autocomplete="off">`;

/**
 * How a page answers whether it is still there: htmx sends the request while it takes the event, so that a tab in the
 * background, whose timers are held up, answers as well.
 */
const hereElements = (base: string) =>
  `<i hidden hx-get="${escaped(base)}/here" hx-trigger="sse:${ASK_EVENT}" hx-include="#${HERE}" hx-swap="none" hx-sync="this:replace"></i>` +
  hereField("");

/** Gives a page the id of its stream: each time that it is opened another one. */
export const streamId = (id: string) => replaceElement(HERE, hereField(id));

/** How a page's stream is. `away`: it is open, but nothing comes, as the server cannot reach its log or shows a mistake. `ended`: all its topics have ended. */
export type Health = "alive" | "away" | "ended";

/** With a link, since it may be a log-in to the network or at a proxy that has expired, which only a page that is loaded is asked for. */
export const lostSign = (words: Words) => `<span class="lost">${words.html("connection_lost")}</span>`;

/** Has the page ask where no other beat came for so long, by a timer: animations stand still in a tab that nobody looks at. */
const OVERDUE = '<i hidden class="overdue" hx-trigger="load delay:12s"></i>';

/**
 * What each heartbeat puts on the page. An animation of signs.css, delayed by more than one heartbeat, shows its second
 * text: so a page whose stream is dead says so without a script. The first text is hidden from screen readers, which would read
 * it out at each beat.
 * @param broken the address of {@link brokenBeat}, which replaces all of this when the connection breaks. The element that asks for
 * it is replaced, too: else each vain try to connect would begin the animation anew
 * @param cursor how far the page is, for opening its stream again; without it, every region is then reset
 * @param isFirst whether the page comes with it: the stream's own is due much sooner than a heartbeat
 */
export function beat(words: Words, health: Health, broken: string, cursor?: string, isFirst = false): string {
  if (health === "ended") return "";
  const sign = health === "alive" ? aliveSign(words) : `<span class="away">${words.html("no_new_data")}</span>`;
  const onError = `<i hidden hx-get="${escaped(broken)}" hx-trigger="htmx:sseError from:body" hx-swap="none"></i>`;
  return `<span class="beat${isFirst ? " first" : ""}">${sign}${lostSign(words)}${onError}${OVERDUE}</span>${cursorField(cursor)}`;
}

export const aliveSign = (words: Words) => `<span class="alive" aria-hidden="true">${words.html("live")}</span>`;

/** How far a page is, which it sends along when it asks for its stream. */
export const cursorField = (cursor: string | undefined) =>
  cursor === undefined
    ? ""
    : `<input type="hidden" id="${CURSOR}" name="${CURSOR}" value="${escaped(cursor)}" autocomplete="off">`;

/**
 * What is put in the beat's place when the browser knows that the stream broke. If no new beat comes within a second, it says so.
 * A partial: where a network answers everything with a page of its own, that page must not take the beat's place, which asks.
 */
export const brokenBeat = (words: Words) =>
  near("closest .beat", `<span class="beat broken">${aliveSign(words)}${lostSign(words)}</span>`);

/**
 * The element around the beat. Its random class sets when a page asks whose stream broke: all that were cut off together should
 * not ask together.
 */
export const pulseElement = (moment: string, html: string) =>
  `<div id="${PULSE}" role="status" class="moment${moment}">${html}</div>`;

/** Always two digits: what a page holds is not to be guessed by how long it is. */
export const newMoment = () => String(Math.floor(Math.random() * MOMENT_COUNT)).padStart(2, "0");

/**
 * What opens a dead stream again without a script. The first element loads {@link brokenBeat} into the browser's cache, as text, so
 * that it can be shown even if the server cannot be reached. The other two ask for the stream's element: the patient one when the
 * animation of the beat itself begins, which it does only where that says that the connection is lost, and again when the hasty one
 * was not answered in time; the hasty one whenever that animation repeats, where a beat is overdue, a while after an
 * answer that is none, and when the browser is online again.
 */
export function wakeElements(base: string, broken: string): string {
  const from = `from:#${PULSE} target:`;
  const begins = `animationstart ${from}.beat, htmx:sendAbort from:next i, htmx:timeout from:next i`;
  // By a timer, since no animation repeats in the background: one that does puts it off.
  const refused = "htmx:sendError delay:4s, htmx:responseError delay:4s";
  const goesOn = `animationiteration ${from}.beat, htmx:trigger ${from}.overdue, htmx:timeout, ${refused}, online from:window`;
  return (
    `<i hidden hx-get="${escaped(broken)}" hx-trigger="load" hx-swap="textContent"></i>` +
    // Each at an address of its own: Chromium lets no request go while another for the same one waits for its answer.
    askForStream(`${base}/stream?patient`, begins, ASKERS.patient) +
    askForStream(`${base}/stream`, goesOn, ASKERS.hasty)
  );
}

/**
 * Has an open page ask for its stream's element, with another seal in it. Not by an animation, since a tab in the background has
 * none.
 */
export const renewal = (base: string) => fill(RENEWAL, askForStream(`${base}/stream?renewal`, "load", ASKERS.hasty));

function askForStream(address: string, trigger: string, { sync, timeoutMs }: (typeof ASKERS)["hasty"]): string {
  return (
    `<i hidden hx-get="${escaped(address)}" hx-trigger="${trigger}" ` +
    `hx-include="#${REGIONS_FIELD}, #${CURSOR}, #${HERE}, #${ASKED}" hx-swap="none" hx-sync="${sync}" hx-request='{"timeout":${timeoutMs}}'></i>`
  );
}

export const pulse = (html: string) => fill(PULSE, html);

const NO_NOTICE = fill(NOTICE, "");

export function notice(words: Words, said: Notice): string {
  return said === "" ? NO_NOTICE : fill(NOTICE, noticeHtml(words, said));
}

function noticeHtml(words: Words, said: Exclude<Notice, "">): string {
  const text = typeof said === "object" ? said.mistake : words.of(said);
  // The first paragraph is a sentence; what follows are lines of a template.
  const [first = "", ...lines] = text.split("\n\n").map(escaped);
  const shown = lines.length === 0 ? first : `${first}\n\n<code>${lines.join("\n\n")}</code>`;
  const look = lines.length === 0 ? "banner" : "banner mistake";
  return text === "" ? "" : `<p class="${look}">${shown}</p>`;
}

/**
 * Why a widget's button was refused: the region that it stands in is the same for all, and may be replaced at any time. Out of
 * band, since htmx finds no other target from a form that has been replaced meanwhile.
 */
export const refused = (words: Words, reason: Reason) =>
  `<div id="${REFUSED}" hx-swap-oob="innerHTML">${refusedHtml(words, reason)}</div>`;
const refusedHtml = (words: Words, reason: Reason) =>
  reason === "" ? "" : `<p class="banner">${reasonHtml(words, reason)}</p>`;

/** What stands in the first of {@link noticeElements} while templates have a mistake; "" for none. */
export const mistakeHtml = (words: Words, mistake: string) => noticeHtml(words, { mistake });

/** The elements for notices about the whole page, and for refused buttons of widgets. @param said by the first one already */
export function noticeElements(words: Words, reason: Reason = "", said = ""): string {
  return `<div id="${NOTICE}" role="alert">${said}</div><div id="${REFUSED}" role="alert">${refusedHtml(words, reason)}</div>`;
}
