import type { Context } from "koa";
import { Denied } from "../../access/authorize.ts";
import { escaped } from "../../core/html.ts";
import { nearest, type Problem } from "../../core/problem.ts";
import type { Assets } from "../../views/assets.ts";
import { OWN_PAGES } from "../../views/files/view-files.ts";
import { mistakePage } from "../../views/mistake-page.ts";
import type { Views } from "../../views/views.ts";
import { requestIdOf } from "../request/request-id.ts";
import { ToMend } from "./to-mend.ts";

/** Those whose title says what is the matter; the problem's own sentence follows. */
const TITLED = new Set([400, 401, 403, 404, 405, 413, 414, 429, 500, 503]);

/** The gallery's path, which no author's page has. */
const GALLERY = "/widgets";

export interface ProblemPageParts {
  readonly views: () => Views;
  readonly assets: () => Assets;
  /** Of the templates. */
  readonly edition: () => string;
  /** Whether it is nobody's secret which pages there are. */
  readonly pagesAreKnown: boolean;
}

/** An error as a visitor reads it: a page in the author's layout, with the page that was meant, if there is one, and a way on. */
export type ProblemPage = (ctx: Context, problem: Problem) => Promise<Buffer>;

export function problemPage({ views, assets, edition, pagesAreKnown }: ProblemPageParts): ProblemPage {
  return async (ctx, problem) => {
    const { status, message, detail } = problem;
    if (problem instanceof ToMend) {
      return Buffer.from(mistakePage(message, detail, (name) => assets().url(name), edition()));
    }
    const { words } = views();
    const paths = [...views().paths.fixed, GALLERY].filter((path) => path !== "/");
    const isMissing = status === 404 && pagesAreKnown;
    const data = {
      status,
      message: problem instanceof Denied && !problem.isUsual ? message : words.why(problem),
      detail,
      near: isMissing ? escaped(nearest(ctx.path, paths) ?? "") : "",
      again: ctx.method === "GET" && (status === 429 || status >= 500),
      // What the operator can find in the log, where its visitor can do nothing about it.
      request: status >= 500 ? requestIdOf(ctx) : undefined,
    };
    const title = words.of(`error_${TITLED.has(status) ? status : "other"}`);
    return views().page(`${OWN_PAGES}_problem`, { cursor: "", fill: () => "", data, title });
  };
}
