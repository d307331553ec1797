import type { Context } from "koa";
import { pathOf } from "../../core/own-address.ts";
import { nearest, type Problem } from "../../core/problem.ts";
import { OWN_PAGES } from "../../views/view-files.ts";
import type { Views } from "../../views/views.ts";
import { requestIdOf } from "../request/request-id.ts";

/** What a visitor reads first; the problem's own sentence follows. */
const TITLES: Readonly<Record<number, string>> = {
  400: "This address is not understood",
  401: "You are not logged in",
  403: "This is not open to you",
  404: "Nothing is here",
  405: "This cannot be done here",
  413: "This is too much at once",
  414: "This address is too long",
  429: "Too much, too soon",
  500: "Something went wrong",
  503: "Back in a moment",
};
const OTHER = "This did not work";

/** The gallery's path, which no author's page has. */
const GALLERY = "/widgets";

export interface ProblemPageParts {
  readonly views: () => Views;
  /** Whether it is nobody's secret which pages there are. */
  readonly pagesAreKnown: boolean;
}

/** An error as a visitor reads it: a page in the author's layout, with the page that was meant, if there is one, and a way on. */
export type ProblemPage = (ctx: Context, problem: Problem) => Promise<Buffer>;

export function problemPage({ views, pagesAreKnown }: ProblemPageParts): ProblemPage {
  return (ctx, { status, message, detail }) => {
    const paths = [...views().pages.map(pathOf), GALLERY].filter((path) => path !== "/");
    const isMissing = status === 404 && pagesAreKnown;
    const data = {
      status,
      message,
      detail,
      near: isMissing ? nearest(ctx.path, paths) : undefined,
      again: ctx.method === "GET" && (status === 429 || status >= 500),
      // What the operator can find in the log, where its visitor can do nothing about it.
      request: status >= 500 ? requestIdOf(ctx) : undefined,
    };
    const title = TITLES[status] ?? OTHER;
    return views().page(`${OWN_PAGES}_problem`, { cursor: "", fill: () => "", data, title });
  };
}
