import type { Context } from "koa";
import { Denied } from "../../access/authorize.ts";
import { FieldsRefused } from "../../actions/refuse.ts";
import type { Outcome } from "../../actions/run.ts";
import type { Broker } from "../../broker/broker.ts";
import { parsedAddress } from "../../core/own-address.ts";
import type { Problem } from "../../core/problem.ts";
import type { Region } from "../../core/region.ts";
import type { Report } from "../../ops/logger.ts";
import type { Metrics } from "../../ops/metrics.ts";
import {
  type FormPlace,
  formPlaceOf,
  isNamed,
  ONCE_FIELD,
  PAGE_FIELD,
  WIDGET_FIELD,
} from "../../views/forms/action-forms.ts";
import { formAgain, pressedAnew, type Reason } from "../../views/forms/forms.ts";
import type { Fill } from "../../views/page/page-load.ts";
import type { PageParts, Query } from "../../views/page/page-parts.ts";
import type { PathParams } from "../../views/page/page-paths.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import { type Authorizer, reasonFor } from "../request/authorizer.ts";
import { answerUnread, isUnread } from "../request/body.ts";
import type { Guard } from "../request/guard.ts";
import { isEnhanced, pageAddress, pageListIn } from "../request/open-page.ts";
import { aboutRequest } from "../request/request-id.ts";
import { giveCookie } from "../request/signed-cookie.ts";
import { html, type PagePartsOf } from "./pages.ts";

export interface PressAnswers {
  readonly views: () => Views;
  readonly partsOf: PagePartsOf;
  readonly fill: Fill;
  readonly admit: Admit;
  readonly authorizer: Authorizer;
  readonly guard: Guard;
  readonly broker: Pick<Broker, "dismiss">;
  /** Whether its visitor is its author, who is shown what went wrong. */
  readonly development: boolean;
  readonly report: Report;
  readonly metrics: Metrics;
}

/** A press of a form's button, and what came of it. */
export interface Pressed {
  readonly form: URLSearchParams;
  /** Undefined where it was refused. */
  readonly outcome: Outcome | undefined;
  readonly refused: Problem | undefined;
}

/** The page that a form was sent from: a browser names it to its own site. */
interface Origin {
  readonly page: string;
  readonly given: Context["query"];
  readonly query: Query;
  readonly params: PathParams;
  readonly address: string;
  /** Whether it is the gallery's, and so none of its author's: its form stays as it is. */
  readonly isGallery: boolean;
}

/** The gallery's page of one widget. */
const OF_GALLERY = /^\/widgets\/[a-z0-9-]+$/;

/** @throws Problem for a program that was refused, which gets what it can parse */
export async function answerPress(parts: PressAnswers, ctx: Context, pressed: Pressed): Promise<void> {
  const { refused } = pressed;
  const enhanced = isEnhanced(ctx);
  for (const cookie of pressed.outcome?.cookies ?? []) giveCookie(ctx, cookie);
  if (refused !== undefined) {
    const type = ctx.accepts("application/problem+json", "application/json", "text/html");
    const isOnPage = () => !pageOfForm(parts.views, ctx, pressed.form).isGallery;
    if (!enhanced && !(type === "text/html" && isOnPage())) throw refused;
    parts.metrics.refusals.add(refused.code);
    html(ctx, await (enhanced ? refusedPart : refusedPage)(parts, ctx, pressed, refused));
    ctx.status = refused.status;
    ctx.set(refused.headers);
    if (isUnread(ctx)) answerUnread(ctx, Buffer.from(ctx.body as string | Buffer));
  } else if (enhanced) {
    try {
      // The page may show who its visitor is, and that may have changed.
      if (pressed.outcome?.cookies.length) return load(ctx, nextAddress(parts, ctx, pressed));
      html(ctx, await takenPart(parts, ctx, pressed));
    } catch (error) {
      // What was taken is taken: the page itself says that its visitor may not see it any more.
      if (error instanceof Denied) return load(ctx, pageOfForm(parts.views, ctx, pressed.form).address);
      html(ctx, takenUnseen(parts, ctx, pressed, error));
      ctx.status = 500;
    }
  } else {
    ctx.status = 303;
    ctx.redirect(nextAddress(parts, ctx, pressed));
  }
}

/** Where a press that was taken leads: to the page of its form, unless the action says otherwise. */
function nextAddress({ views }: PressAnswers, ctx: Context, { form, outcome }: Pressed): string {
  const to = outcome?.change?.to;
  return to?.kind === "go" ? to.address : pageOfForm(views, ctx, form).address;
}

/** Has an open page replaced by a whole load of an address, be it its own. */
function load(ctx: Context, address: string): void {
  html(ctx, "");
  ctx.set("HX-Redirect", address);
}

/**
 * The page that a form was sent from; the first page where no browser says. A page that answers a form that was refused is at
 * the action's address, and so its forms say where they are.
 */
export function pageOfForm(views: () => Views, ctx: Context, form: URLSearchParams): Origin {
  const from = parsedAddress(fromOf(ctx, form));
  const page = from && views().paths.at(from.pathname);
  const isGallery = from !== undefined && OF_GALLERY.test(from.pathname);
  if (from === undefined || page === undefined || isGallery) {
    const address = isGallery ? from.pathname : "/";
    return { page: "index", given: {}, query: {}, params: {}, address, isGallery };
  }
  const given = Object.fromEntries(from.searchParams);
  const params = views().paths.of(page)?.params ?? {};
  return {
    page,
    given,
    query: views().checkQuery(page, given),
    params,
    address: from.pathname + from.search,
    isGallery,
  };
}

/** What changes on an open page whose form was refused. */
async function refusedPart(parts: PressAnswers, ctx: Context, { form }: Pressed, refused: Problem): Promise<string> {
  const { views, partsOf } = parts;
  const place = placeIn(form);
  // What was typed stays as it is where no field has anything to say.
  if (refused instanceof FieldsRefused && place !== undefined) {
    const { page, given, isGallery } = pageOfForm(views, ctx, form);
    const formOf = (parts: PageParts) => views().form(page, parts, place, { typed: form, fields: refused.fields });
    // Of a page that its visitor may not see any more nothing is shown: what was typed stays as it is there, too.
    const again = isGallery ? undefined : await partsOf(ctx, page, given).then(formOf).catch(unlessDenied);
    if (again !== undefined) return formAgain(again);
  }
  const reason = reasonOf(refused, fromOf(ctx, form));
  return isUndecided(refused) ? toldTo(parts, form, reason) : toldTo(parts, form, reason) + nextPress(form);
}

function unlessDenied(error: unknown): undefined {
  if (!(error instanceof Denied)) throw error;
}

/** The page on which a form was refused, with what was typed. */
async function refusedPage({ views, partsOf }: PressAnswers, ctx: Context, { form }: Pressed, refused: Problem) {
  const { page, given, address } = pageOfForm(views, ctx, form);
  const parts = { ...(await partsOf(ctx, page, given)), address };
  const place = placeIn(form);
  if (place === undefined) return views().page(page, { ...parts, refused: reasonOf(refused, address) });
  const why =
    refused instanceof FieldsRefused ? { fields: refused.fields } : { fields: {}, form: reasonOf(refused, address) };
  const again = { typed: form, isUndecided: isUndecided(refused), ...why };
  return views().page(page, { ...parts, form: { place, refused: again } });
}

/** What changes on an open page whose form was taken. */
async function takenPart(parts: PressAnswers, ctx: Context, pressed: Pressed): Promise<string> {
  const { form, outcome } = pressed;
  const { views, partsOf } = parts;
  const change = outcome?.change;
  const origin = pageOfForm(parts.views, ctx, form);
  // To where it is already leads nowhere: its form is put in place anew, and its stream goes on.
  if (change?.to.kind === "go" && change.to.address !== origin.address) {
    return gone(parts, ctx, pressed, origin, change.to.address);
  }
  const joined = change?.to.kind === "join" ? await join(parts, ctx, form, change.to.region, origin.page) : "";
  const place = placeIn(form);
  const { page, given, isGallery } = origin;
  const again = place && !isGallery && views().form(page, await partsOf(ctx, page, given), place);
  return (!again ? toldTo(parts, form) + nextPress(form) : formAgain(again)) + joined;
}

/** What changes on an open page whose form was taken, where what it is to show cannot be shown. */
function takenUnseen(parts: PressAnswers, ctx: Context, { form }: Pressed, error: unknown): string {
  const { development, report } = parts;
  report(error, undefined, aboutRequest(ctx));
  const said = parts.views().words.of("taken_unseen");
  const reason = development ? `${said} ${error}` : said;
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
  const { views, partsOf, broker, guard } = parts;
  const to = parsedAddress(address)!; // as page.go() has checked
  const here = views().paths.at(to.pathname) === origin.page;
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
  const { regions } = await guard.admit(ctx, pageListIn(pressed.form));
  for (const { topic } of regions) if (!shown.has(topic)) broker.dismiss(topic);
  return main.html;
}

/** A region that is on the page joins its stream; one that has, only says what it shows now. */
async function join(
  { views, fill, admit, authorizer, guard }: PressAnswers,
  ctx: Context,
  form: URLSearchParams,
  region: Region,
  page: string,
) {
  const { regions, withheld, page: sealed } = await guard.admit(ctx, pageListIn(form));
  if (regions.some(({ name }) => name === region.name)) return "";
  await authorizer.topics(ctx, [region.topic]);
  admit(ctx, region.topic);
  const others = withheld.filter(({ name }) => name !== region.name);
  // What was sealed for one page stays its own. The form says which page it is on, and could name one that all may load.
  const seal = guard.seal(ctx, sealed || page);
  return views().withheld(others) + (await views().joinInPlace(regions, region, fill, seal));
}

/** Tells a form that stays as it is: a widget's outside of its region, which may be replaced at any time. */
function toldTo({ views }: PressAnswers, form: URLSearchParams, reason: Reason = ""): string {
  return form.has(WIDGET_FIELD) ? views().told() + views().refused(reason) : views().told(reason);
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

/** The address that a form was sent from, be there a page or none. */
const fromOf = (ctx: Context, form: URLSearchParams) => form.get(PAGE_FIELD) ?? pageAddress(ctx);

/** @param from the page on which it was refused */
function reasonOf(refused: Problem, from: string): Reason {
  if (refused instanceof Denied) return reasonFor(refused, from);
  if (refused instanceof FieldsRefused) return Object.values(refused.fields).join(" ");
  const { message, detail, code } = refused;
  return detail === undefined ? { text: message, code } : `${message} ${detail}`;
}
