import { createHash } from "node:crypto";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Action } from "../../actions/action.ts";
import { Presses } from "../../actions/presses.ts";
import { type ActionBroker, type Outcome, runAction } from "../../actions/run.ts";
import { LIMITS } from "../../core/limits.ts";
import { didYouMean, Problem } from "../../core/problem.ts";
import { within } from "../../core/wait.ts";
import {
  isNamed,
  LOAD_FIELD,
  ONCE_FIELD,
  PAGE_FIELD,
  REGIONS_FIELD,
  WIDGET_FIELD,
} from "../../views/forms/action-forms.ts";
import { readForm } from "../request/form.ts";
import { NetworkRate } from "../request/network-rate.ts";
import { pageListIn } from "../request/open-page.ts";
import { aboutRequest, tell } from "../request/request-id.ts";
import { visitorOf } from "../request/visitor.ts";
import { answerPress, type PressAnswers, pageOfForm } from "./press-answer.ts";

/** What one address may send: enough for all who share one, and too little to be a load. */
const RATE = {
  points: LIMITS.presses,
  duration: LIMITS.pressesSeconds,
  code: "forms_too_many",
  title: "Your address has sent too much at once.",
};
/** A second press of the same button by the same visitor within so long is the second half of a double click. */
const DOUBLE_CLICK_MS = 300;

export interface ActionsParts extends PressAnswers {
  /** Lets pass our own pages alone. */
  readonly router: Router;
  readonly actions: ReadonlyMap<string, Action>;
  readonly broker: ActionBroker & PressAnswers["broker"];
  /** Whether any is run. */
  readonly open: boolean;
  /** The path of the site that they are of; "" by default. */
  readonly base?: string;
  /** How long one may take, until its visitor is told that it takes too long; by default as `LIMITS` says. */
  readonly mostMs?: number | undefined;
}

/**
 * What visitors do: `POST /actions/<name>` runs the action of that name. Whatever refuses it, its visitor is told so beside
 * the form, and what was typed stays.
 */
export function actionsRoute(parts: ActionsParts): void {
  const {
    router,
    actions,
    broker,
    open,
    authorizer,
    development,
    report,
    metrics,
    base = "",
    mostMs = LIMITS.actionMs,
  } = parts;
  const rate = new NetworkRate(RATE);
  const presses = new Presses<Outcome>();

  const run = async (ctx: Context, name: string, form: URLSearchParams): Promise<Outcome> => {
    if (!open) throw new Problem(403, "forms_closed", "This server takes nothing from visitors now.");
    await rate.count(ctx.ip);
    const action = actions.get(name);
    if (action === undefined) throw unknown(name, actions.keys());
    const user = await authorizer.action(ctx, name);
    pageListIn(form); // what the answer will need is refused before anything is done
    const id = isNamed(form.get(ONCE_FIELD)) ? pressOf(name, form) : undefined;
    const press = {
      form,
      id,
      visitor: (cookie?: string) => visitorOf(ctx, cookie) ?? noCookie(),
      user,
      address: ctx.ip,
      page: pageOfForm(parts.views, ctx, form),
    };
    const act = () => runAction(action, press, broker);
    const once = id === undefined ? act : () => presses.once(id, act);
    // Of a double click the second half is a press of the form that took the first one's place, where that had a quick answer: it
    // is the same but for the name. A widget's form, the same bytes for all, has no name at all.
    const isTwofold = id === undefined ? form.has(WIDGET_FIELD) : form.has(LOAD_FIELD);
    const outcome = isTwofold ? presses.once(doublePressOf(ctx, name, form), once, DOUBLE_CLICK_MS) : once();
    return withinTime(name, outcome, mostMs, (error) =>
      report(error, undefined, { ...aboutRequest(ctx), action: name }),
    );
  };

  const path = `${base}/actions/`;
  router.post(new RegExp(`^${path}(.+)$`), async (ctx) => {
    const name = ctx.path.slice(path.length);
    let form = new URLSearchParams();
    let outcome: Outcome | undefined;
    let refused: Problem | undefined;
    try {
      form = await readForm(ctx);
      outcome = await run(ctx, name, form);
      metrics.actionsTaken.add(name);
    } catch (error) {
      refused = problemOf(error, development);
      if (actions.has(name)) (refused === error ? metrics.actionsRefused : metrics.actionFailures).add(name);
      tell(ctx, report, error, refused, { action: actions.has(name) ? name : undefined });
    }
    await answerPress(parts, ctx, { form, outcome, refused });
  });
}

/**
 * What an action comes to, where that takes no longer. It goes on all the same, since nothing can end it: the same press, sent
 * again, gets what it came to then.
 * @param onLate told of what goes wrong afterwards
 * @throws Problem 503 `action_late`
 */
function withinTime<T>(
  name: string,
  outcome: Promise<T>,
  mostMs: number,
  onLate: (error: unknown) => void,
): Promise<T> {
  return within(mostMs, outcome, () => {
    outcome.catch(onLate);
    const seconds = mostMs / 1000;
    const title = `There is no answer after ${seconds} s, and whether this was taken is not known. Try again.`;
    return new Problem(503, "action_late", title, { cause: new Error(`action ${name} has run for ${seconds} s`) });
  });
}

/** What a visitor is told of whatever an action throws: the operator has the rest, and its author sees it on the page. */
function problemOf(error: unknown, development: boolean): Problem {
  if (error instanceof Problem) return error;
  return new Problem(500, "action_failed", "Something went wrong here, and this may not have been taken. Try again.", {
    detail: development ? placed(error) : undefined,
    cause: error,
  });
}

/** An error with the line of an author's that threw it, or led to it. */
function placed(error: unknown): string {
  const place = error instanceof Error ? /\bsrc\/actions\/[^\s:]+:\d+/.exec(error.stack ?? "")?.[0] : undefined;
  return place === undefined ? String(error) : `${place}: ${error}`;
}

/**
 * The same for the same form with the same in it. What was typed is part of it: a form that a browser shows again from before
 * it was sent, and that is filled with something else, is another press. What the page shows meanwhile is none of it.
 */
function pressOf(name: string, form: URLSearchParams): string {
  return hashOf(name, without(form, REGIONS_FIELD, PAGE_FIELD));
}

/**
 * The same for both halves of a double click. Of many visitors behind one address, with one browser, only the page tells whose it
 * is; and without htmx, which sends that along, their cookies.
 */
function doublePressOf(ctx: Context, name: string, form: URLSearchParams): string {
  const visitor = form.has(LOAD_FIELD) ? [] : [ctx.ip, ctx.get("Cookie"), ctx.get("User-Agent")];
  return hashOf(name, without(form, REGIONS_FIELD, PAGE_FIELD, ONCE_FIELD), visitor);
}

function without(form: URLSearchParams, ...left: string[]): [string, string][] {
  return [...form].filter(([field]) => !left.includes(field));
}

function hashOf(...what: unknown[]): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("base64url");
}

function unknown(name: string, known: Iterable<string>): Problem {
  return new Problem(404, "action_unknown", `There is no such action under src/actions.${didYouMean(name, known)}`);
}

/** @throws Problem 422 `visitor_unknown` */
function noCookie(): never {
  const title =
    "Your browser did not send this page’s cookie, which tells what is yours from what is others’. Load the page again.";
  throw new Problem(422, "visitor_unknown", title);
}
