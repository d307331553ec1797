import type { Context } from "koa";
import type { PageChange } from "../../actions/page-change.ts";
import { FieldsRefused } from "../../actions/refuse.ts";
import type { Broker } from "../../broker/broker.ts";
import type { Problem } from "../../core/problem.ts";
import type { Region } from "../../core/region.ts";
import type { Metrics } from "../../ops/metrics.ts";
import {
  type FormPlace,
  formPlaceOf,
  isNamed,
  ONCE_FIELD,
  PAGE_FIELD,
  WIDGET_FIELD,
} from "../../views/action-forms.ts";
import { formAgain, pressedAnew, told } from "../../views/forms.ts";
import type { Fill } from "../../views/page-load.ts";
import type { Query } from "../../views/pages.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import { answerUnread, isUnread } from "../request/body.ts";
import { isEnhanced, regionsIn } from "../request/open-page.ts";
import { html, type PagePartsOf, pageAt } from "./pages.ts";

export interface PressAnswers {
  readonly views: () => Views;
  readonly partsOf: PagePartsOf;
  readonly fill: Fill;
  readonly admit: Admit;
  readonly broker: Pick<Broker, "dismiss">;
  /** Whether its visitor is its author, who is shown what went wrong. */
  readonly development: boolean;
  /** Told of what an author's function, or page, throws. */
  readonly onError: (error: unknown) => void;
  readonly metrics: Metrics;
}

/** A press of a form's button, and what came of it. */
export interface Pressed {
  readonly form: URLSearchParams;
  readonly change: PageChange | undefined;
  readonly refused: Problem | undefined;
}

/** The page that a form was sent from: a browser names it to its own site. */
interface Origin {
  readonly page: string;
  readonly given: Context["query"];
  readonly query: Query;
  readonly address: string;
}

/** Of an address only the path and the query count. */
const ANY_ORIGIN = "http://here.invalid";

/** @throws Problem for a program that was refused, which gets what it can parse */
export async function answerPress(parts: PressAnswers, ctx: Context, pressed: Pressed): Promise<void> {
  const { refused } = pressed;
  const enhanced = isEnhanced(ctx);
  if (refused !== undefined) {
    const type = ctx.accepts("application/problem+json", "application/json", "text/html");
    if (!enhanced && type !== "text/html") throw refused;
    parts.metrics.refusals.add(refused.code);
    html(ctx, await (enhanced ? refusedPart : refusedPage)(parts, ctx, pressed, refused));
    ctx.status = refused.status;
    ctx.set(refused.headers);
    if (isUnread(ctx)) answerUnread(ctx, Buffer.from(ctx.body as string));
  } else if (enhanced) {
    try {
      html(ctx, await takenPart(parts, ctx, pressed));
    } catch (error) {
      html(ctx, takenUnseen(parts, pressed, error));
      ctx.status = 500;
    }
  } else {
    const to = pressed.change?.to;
    ctx.status = 303;
    ctx.redirect(to?.kind === "go" ? to.address : pageOfForm(parts.views, ctx, pressed.form).address);
  }
}

/**
 * The page that a form was sent from; the first page where no browser says. A page that answers a form that was refused is at
 * the action's address, and so its forms say where they are.
 */
export function pageOfForm(views: () => Views, ctx: Context, form: URLSearchParams): Origin {
  const said = form.get(PAGE_FIELD) ?? (ctx.get("HX-Current-URL") || ctx.get("Referer"));
  const from = URL.canParse(said, ANY_ORIGIN) ? new URL(said, ANY_ORIGIN) : undefined;
  const page = from && pageAt(views(), from.pathname);
  if (from === undefined || page === undefined) return { page: "index", given: {}, query: {}, address: "/" };
  const given = Object.fromEntries(from.searchParams);
  return { page, given, query: views().checkQuery(page, given), address: from.pathname + from.search };
}

/** What changes on an open page whose form was refused. */
async function refusedPart(parts: PressAnswers, ctx: Context, { form }: Pressed, refused: Problem): Promise<string> {
  const { views, partsOf } = parts;
  const place = placeIn(form);
  // What was typed stays as it is where no field has anything to say.
  if (refused instanceof FieldsRefused && place !== undefined) {
    const { page, given } = pageOfForm(views, ctx, form);
    const again = views().form(page, await partsOf(ctx, page, given), place, { typed: form, fields: refused.fields });
    if (again !== undefined) return formAgain(again);
  }
  const reason = reasonOf(refused);
  return isUndecided(refused) ? toldTo(parts, form, reason) : toldTo(parts, form, reason) + nextPress(form);
}

/** The page on which a form was refused, with what was typed. */
async function refusedPage({ views, partsOf }: PressAnswers, ctx: Context, { form }: Pressed, refused: Problem) {
  const { page, given, address } = pageOfForm(views, ctx, form);
  const parts = { ...(await partsOf(ctx, page, given)), address };
  const place = placeIn(form);
  if (place === undefined) return views().page(page, { ...parts, refused: reasonOf(refused) });
  const why = refused instanceof FieldsRefused ? { fields: refused.fields } : { fields: {}, form: reasonOf(refused) };
  const again = { typed: form, isUndecided: isUndecided(refused), ...why };
  return views().page(page, { ...parts, form: { place, refused: again } });
}

/** What changes on an open page whose form was taken. */
async function takenPart(parts: PressAnswers, ctx: Context, pressed: Pressed): Promise<string> {
  const { form, change } = pressed;
  const { views, partsOf } = parts;
  const origin = pageOfForm(parts.views, ctx, form);
  // To where it is already leads nowhere: its form is put in place anew, and its stream goes on.
  if (change?.to.kind === "go" && change.to.address !== origin.address) {
    return gone(parts, ctx, pressed, origin, change.to.address);
  }
  const joined = change?.to.kind === "join" ? await join(parts, ctx, form, change.to.region) : "";
  const place = placeIn(form);
  const { page, given } = origin;
  const again = place && views().form(page, await partsOf(ctx, page, given), place);
  return (again === undefined ? toldTo(parts, form) + nextPress(form) : formAgain(again)) + joined;
}

/** What changes on an open page whose form was taken, where what it is to show cannot be shown. */
function takenUnseen(parts: PressAnswers, { form }: Pressed, error: unknown): string {
  const { development, onError } = parts;
  onError(error);
  const reason = `This was taken, but the page cannot show what came of it. ${development ? error : "Load it again."}`;
  return toldTo(parts, form, reason) + nextPress(form);
}

/** The same page at another query is put in place without a load; any other is loaded. */
async function gone(
  parts: PressAnswers,
  ctx: Context,
  pressed: Pressed,
  origin: Origin,
  address: string,
): Promise<string> {
  const { views, partsOf, broker } = parts;
  const to = new URL(address, ANY_ORIGIN);
  const here = pageAt(views(), to.pathname) === origin.page;
  const main = here
    ? await views().main(origin.page, await partsOf(ctx, origin.page, Object.fromEntries(to.searchParams)))
    : undefined;
  if (main === undefined) {
    ctx.set("HX-Redirect", address);
    return "";
  }
  ctx.set("HX-Replace-Url", address);
  // What it showed and shows no more, it leaves for good: a source that nobody else looks at stops at once.
  const shown = new Set(main.regions.map(({ topic }) => topic));
  for (const { topic } of regionsIn(pressed.form)) if (!shown.has(topic)) broker.dismiss(topic);
  return main.html;
}

/** A region that is on the page joins its stream; one that has, only says what it shows now. */
async function join({ views, fill, admit }: PressAnswers, ctx: Context, form: URLSearchParams, region: Region) {
  const all = regionsIn(form);
  if (all.some(({ name }) => name === region.name)) return "";
  admit(ctx, region.topic);
  return views().joinInPlace(all, region, fill);
}

/** Tells a form that stays as it is: a widget's outside of its region, which may be replaced at any time. */
function toldTo({ views }: PressAnswers, form: URLSearchParams, reason = ""): string {
  return form.has(WIDGET_FIELD) ? told() + views().refused(reason) : told(reason);
}

/** Where on its page it stands; undefined for a widget's form. */
function placeIn(form: URLSearchParams): FormPlace | undefined {
  return formPlaceOf(form.get(ONCE_FIELD) ?? "");
}

/** Of a form that stays as it is, the next press is not this one once more. */
function nextPress(form: URLSearchParams): string {
  const place = placeIn(form);
  return place !== undefined && isNamed(form.get(ONCE_FIELD)) ? pressedAnew(place) : "";
}

/**
 * Whether it is unknown what was done before it failed: a second try is then the same press, and changes nothing twice. What was
 * refused is over, and may be pressed again.
 */
function isUndecided({ status }: Problem): boolean {
  return status === 429 || status >= 500;
}

function reasonOf(refused: Problem): string {
  if (refused instanceof FieldsRefused) return Object.values(refused.fields).join(" ");
  return [refused.message, refused.detail].filter((part) => part !== undefined).join(" ");
}
